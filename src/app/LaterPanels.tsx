// The panels that are folded away at first, loaded after the first screen: it does not wait for what nobody has opened.
import { LaterPanel } from './LaterPanel.tsx';

async function loadPanels() {
  const [{ EvaluationPanel }, { ExperimentPanel }, { EnginePanel }, { EvidencePanel }] = await Promise.all([
    import('./evaluation/EvaluationPanel.tsx'),
    import('./experiment/ExperimentPanel.tsx'),
    import('./engine/EnginePanel.tsx'),
    import('./evidence/EvidencePanel.tsx'),
  ]);
  return function FoldedPanels() {
    return (
      <>
        <EvaluationPanel />
        <ExperimentPanel />
        <EnginePanel />
        <EvidencePanel />
      </>
    );
  };
}

export const LaterPanels = () => <LaterPanel name="The panels below" load={loadPanels} />;
