// The panels that are folded away at first, loaded after the first screen: it does not wait for what nobody has opened.
import { lazy, Suspense } from 'react';
import { PanelBoundary } from './Panel.tsx';

const EvaluationPanel = lazy(async () => ({
  default: (await import('./evaluation/EvaluationPanel.tsx')).EvaluationPanel,
}));
const ExperimentPanel = lazy(async () => ({
  default: (await import('./experiment/ExperimentPanel.tsx')).ExperimentPanel,
}));
const EnginePanel = lazy(async () => ({ default: (await import('./engine/EnginePanel.tsx')).EnginePanel }));
const EvidencePanel = lazy(async () => ({ default: (await import('./evidence/EvidencePanel.tsx')).EvidencePanel }));

export function LaterPanels() {
  return (
    <PanelBoundary name="The panels below">
      <Suspense fallback={null}>
        <EvaluationPanel />
        <ExperimentPanel />
        <EnginePanel />
        <EvidencePanel />
      </Suspense>
    </PanelBoundary>
  );
}
