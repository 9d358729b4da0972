// What the evidence panel shows: what the last check on this device found. Only declarations; asking the engine is
// `evidenceActions.ts`.
import { create } from 'zustand';
import type { DeviceReport, EvidenceReport, Fault, RunReport } from '../protocol/messages.ts';
import type { Working } from './runStore.ts';

export interface CheckedEvidence {
  readonly report: EvidenceReport;
  /** The run whose switches were checked. */
  readonly run: RunReport;
  readonly device: DeviceReport | undefined;
  readonly at: Date;
}

export interface EvidenceStore {
  checked: CheckedEvidence | undefined;
  /** How far the check is; undefined while none is made. */
  work: Working | undefined;
  fault: Fault | undefined;
}

export const useEvidenceStore = create<EvidenceStore>(() => ({
  checked: undefined,
  work: undefined,
  fault: undefined,
}));
