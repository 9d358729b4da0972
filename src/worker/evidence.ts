// The check of a small model of the open run's switches, beside the run on the open device.
import type { WorkContext } from '../data/textSource.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import { gatherEvidence } from '../inspection/evidence/gatherEvidence.ts';
import type { EvidenceReport } from '../protocol/messages.ts';
import type { ActiveRun } from './activeRun.ts';
import type { ChosenDevice } from './deviceChooser.ts';
import type { DeviceTurns } from './turns.ts';

/** @throws DOMException AbortError when cancelled, or when the run or the device changes meanwhile */
export function checkEvidence(
  run: ActiveRun,
  { opened, report }: ChosenDevice,
  turns: DeviceTurns,
  work: WorkContext,
): Promise<EvidenceReport> {
  const { backend, precision } = report;
  const { plans, halfPrecision, detail: adapter } = opened;
  const exclusive: Exclusive = (part) => turns.exclusive(part);
  return gatherEvidence(
    { config: run.config, vocabSize: run.data.dataset.vocabSize },
    { backend, adapter, precision, plans, halfPrecision, exclusive },
    work,
  );
}
