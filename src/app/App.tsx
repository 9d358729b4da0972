// The page: the run bar above, the panels below, in three columns, two, or tabs on a narrow screen.
import * as Tabs from '@radix-ui/react-tabs';
import { useState, useSyncExternalStore, type ReactNode } from 'react';
import { AttentionPanel } from './attention/AttentionPanel.tsx';
import styles from './App.module.css';
import { DataPanel } from './data/DataPanel.tsx';
import { GenerationPanel } from './generate/GenerationPanel.tsx';
import hidden from './hidden.module.css';
import { LaterPanels } from './LaterPanels.tsx';
import { ModelPanel } from './model/ModelPanel.tsx';
import { PanelBoundary } from './Panel.tsx';
import { RunBar } from './run/RunBar.tsx';
import { TrainingPanel } from './train/TrainingPanel.tsx';

/** Keep in step with App.module.css. */
const narrowScreen = window.matchMedia('(max-width: 799px)');
const TABS = ['setup', 'training', 'generation', 'attention'] as const;
type TabName = (typeof TABS)[number];
const TAB_LABELS: Record<TabName, string> = {
  setup: 'Setup',
  training: 'Training',
  generation: 'Generation',
  attention: 'Attention',
};

function useNarrowScreen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrowScreen.addEventListener('change', listener);
      return () => narrowScreen.removeEventListener('change', listener);
    },
    () => narrowScreen.matches,
  );
}

export function App() {
  const narrow = useNarrowScreen();
  const [tab, setTab] = useState<TabName>('training');
  const part = (name: TabName, children: ReactNode) => (
    <TabPart name={name} narrow={narrow} shown={tab === name}>
      {children}
    </TabPart>
  );
  return (
    <Tabs.Root
      className={styles.page}
      value={tab}
      onValueChange={(value) => {
        setTab(TABS.find((name) => name === value) ?? 'training');
        window.scrollTo({ top: 0 });
      }}
    >
      <a className={hidden.skip} href="#main" onClick={skipToMain}>
        Skip to the panels
      </a>
      <RunBar>
        {narrow && (
          <Tabs.List className={styles.tabs} aria-label="Panels">
            {TABS.map((name) => (
              <Tabs.Trigger key={name} value={name}>
                {TAB_LABELS[name]}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
        )}
      </RunBar>
      <main id="main" tabIndex={-1} className={styles.main}>
        {part(
          'setup',
          <>
            <PanelBoundary name="Data">
              <DataPanel />
            </PanelBoundary>
            <PanelBoundary name="Model">
              <ModelPanel />
            </PanelBoundary>
          </>,
        )}
        {part(
          'training',
          <>
            <TrainingPanel />
            <LaterPanels />
          </>,
        )}
        <div className={styles.results}>
          {part(
            'generation',
            <PanelBoundary name="Generation">
              <GenerationPanel />
            </PanelBoundary>,
          )}
          {part(
            'attention',
            <PanelBoundary name="Attention">
              <AttentionPanel />
            </PanelBoundary>,
          )}
        </div>
      </main>
    </Tabs.Root>
  );
}

/** The address bar holds the run's settings, so the link moves the focus instead of the address. */
function skipToMain(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}

interface TabPartProps {
  readonly name: TabName;
  readonly narrow: boolean;
  readonly shown: boolean;
  readonly children: ReactNode;
}

/** A tab's panel on a narrow screen, a plain part of the page on others; mounted always, so that nothing is lost. */
function TabPart({ name, narrow, shown, children }: TabPartProps) {
  const plain = { role: undefined, 'aria-labelledby': undefined, tabIndex: undefined };
  return (
    <Tabs.Content
      value={name}
      forceMount
      className={styles.part}
      data-part={name}
      {...(narrow ? { hidden: !shown } : plain)}
    >
      {children}
    </Tabs.Content>
  );
}
