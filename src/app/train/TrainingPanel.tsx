// The training region: settings folded away, the charts, and the diary of what the model writes.
import { TrainingCharts } from '../charts/TrainingCharts.tsx';
import { LearningDiary } from '../diary/LearningDiary.tsx';
import { Panel, PanelBoundary } from '../Panel.tsx';
import { TrainingSettings } from './TrainingSettings.tsx';
import styles from './TrainingPanel.module.css';

export function TrainingPanel() {
  return (
    <Panel label="Training">
      <div className={styles.stack}>
        <TrainingSettings />
        <PanelBoundary name="The charts">
          <TrainingCharts />
        </PanelBoundary>
        <PanelBoundary name="The learning diary">
          <LearningDiary />
        </PanelBoundary>
      </div>
    </Panel>
  );
}
