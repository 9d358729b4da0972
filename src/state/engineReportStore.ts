// What the engine panel shows: how the training step ran when it was last measured. Only declarations and whether that
// is still so; asking the engine is `engineReportActions.ts`.
import { create } from 'zustand';
import type { DeviceReport, EngineReport, Fault, RunReport } from '../protocol/messages.ts';

export interface MeasuredStep {
  readonly report: EngineReport;
  /** The run as it was when it was measured. */
  readonly run: RunReport;
  /** The device that it was measured on. */
  readonly device: DeviceReport | undefined;
}

export interface EngineReportStore {
  measured: MeasuredStep | undefined;
  measuring: boolean;
  fault: Fault | undefined;
}

export const useEngineReportStore = create<EngineReportStore>(() => ({
  measured: undefined,
  measuring: false,
  fault: undefined,
}));

/** What has changed since something was measured; undefined while the figures hold. */
export function changeSince(
  measured: Pick<MeasuredStep, 'run' | 'device'>,
  run: RunReport | undefined,
  device: DeviceReport | undefined,
): 'run' | 'device' | undefined {
  // A report is made anew whenever a device is opened.
  if (measured.device !== device) return 'device';
  return measured.run.runId === run?.runId ? undefined : 'run';
}
