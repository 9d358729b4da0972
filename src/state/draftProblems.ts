// What is wrong with the draft's settings, given what is known of its text and of the device.
import { useMemo } from 'react';
import { validateConfig, type ConfigProblem } from '../config/validateConfig.ts';
import { dataKeyOf } from './draftDifference.ts';
import { useRunStore, type RunStore } from './runStore.ts';

type Known = Pick<RunStore, 'draft' | 'data' | 'dataKey' | 'device'>;

export function problemsOf({ draft, data, dataKey, device }: Known): readonly ConfigProblem[] {
  // Figures of another text must not refuse this one.
  const fresh = data !== undefined && dataKey === dataKeyOf(draft);
  return validateConfig(draft, {
    ...(fresh && { vocabSize: data.vocabSize, trainTokens: data.trainTokens }),
    ...(device && {
      maxTensorBytes: device.maxTensorBytes,
      memoryBudgetBytes: device.memoryBudgetBytes,
      engine: device.engine,
    }),
  });
}

export function useDraftProblems(): readonly ConfigProblem[] {
  const draft = useRunStore((state) => state.draft);
  const data = useRunStore((state) => state.data);
  const dataKey = useRunStore((state) => state.dataKey);
  const device = useRunStore((state) => state.device);
  return useMemo(() => problemsOf({ draft, data, dataKey, device }), [draft, data, dataKey, device]);
}
