// A panel whose code is loaded after the first screen. Where it does not come, a sentence and a way to try again stand in
// its place; nothing else of the page is lost.
import { useCallback, useEffect, useState, type ComponentType } from 'react';
import { later } from '../loading/laterCode.ts';
import { FaultMessage } from './fields/FaultMessage.tsx';
import { PanelBoundary } from './Panel.tsx';

interface LaterPanelProps {
  readonly name: string;
  /** Stays the same function from one drawing to the next. */
  readonly load: () => Promise<ComponentType>;
}

export function LaterPanel({ name, load }: LaterPanelProps) {
  const [Part, setPart] = useState<ComponentType>();
  const [problem, setProblem] = useState<string>();
  const start = useCallback(() => {
    setProblem(undefined);
    later(load).then(
      (part) => setPart(() => part),
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
  }, [load]);
  useEffect(() => {
    start();
    // The connection is back: nobody need press anything.
    window.addEventListener('online', start);
    return () => window.removeEventListener('online', start);
  }, [start]);
  if (Part) {
    return (
      <PanelBoundary name={name}>
        <Part />
      </PanelBoundary>
    );
  }
  if (problem === undefined) return null;
  const remedy = 'Your run is not affected. Check the connection, then try again.';
  return (
    <FaultMessage fault={{ code: 'internal', message: `${name}: ${problem}`, remedy }}>
      <button type="button" data-size="small" onClick={start}>
        Try again
      </button>
    </FaultMessage>
  );
}
