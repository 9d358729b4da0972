// When to draw: on animation frames after the metrics have changed, at most about ten times a second.
import { useEffect, useState } from 'react';
import { metricSeries } from '../../state/metricSeries.ts';

const LEAST_PAUSE_MS = 100;

/** Calls `draw` on a frame after each change of the series, changes within the pause taken together. @returns the end. */
export function onMetricFrames(draw: () => void, pauseMs = LEAST_PAUSE_MS): () => void {
  let timer = 0;
  let frame = 0;
  let lastDrawnMs = Number.NEGATIVE_INFINITY;
  const unsubscribe = metricSeries.subscribe(() => {
    if (timer !== 0 || frame !== 0) return;
    const waitMs = Math.max(0, lastDrawnMs + pauseMs - performance.now());
    timer = window.setTimeout(() => {
      timer = 0;
      frame = requestAnimationFrame(() => {
        frame = 0;
        lastDrawnMs = performance.now();
        draw();
      });
    }, waitMs);
  });
  return () => {
    unsubscribe();
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  };
}

/** The series' version for text that shows its last values, at most every `pauseMs`. */
export function useMetricVersion(pauseMs: number): number {
  const [version, setVersion] = useState(metricSeries.version);
  useEffect(() => {
    setVersion(metricSeries.version);
    return onMetricFrames(() => setVersion(metricSeries.version), pauseMs);
  }, [pauseMs]);
  return version;
}
