// Which run buttons there are and which can be pressed, as a pure function of the run's phase.
import type { RunPhase } from '../protocol/messages.ts';
import type { RunCommand } from './runStore.ts';

export type PrimaryControl = 'train' | 'pause' | 'resume' | 'more' | 'go-back';

export interface RunControls {
  readonly primary: PrimaryControl;
  readonly primaryEnabled: boolean;
  readonly stepEnabled: boolean;
  readonly resetEnabled: boolean;
}

export interface ControlState {
  /** Undefined before the first run is made. */
  readonly phase: RunPhase | undefined;
  /** Step of the last good state after trouble, where there is one. */
  readonly lastGoodStep: number | undefined;
  readonly engineReady: boolean;
  /** The engine is being started again after it died; training then goes on, unless it is paused meanwhile. */
  readonly restarting: boolean;
  readonly creating: boolean;
  readonly command: RunCommand | undefined;
}

const PRIMARY: Record<RunPhase, PrimaryControl> = {
  ready: 'train',
  running: 'pause',
  paused: 'resume',
  finished: 'more',
  stopped: 'go-back',
};

export function runControls(state: ControlState): RunControls {
  const { phase, lastGoodStep, engineReady, restarting, creating, command } = state;
  const primary = phase === undefined ? 'train' : PRIMARY[phase];
  const idle = command === undefined && !creating;
  // Train can always be pressed: pressed too early, it is remembered. Pause can be pressed while a start is still
  // being answered, which on a slow device takes as long as the first step.
  const primaryEnabled =
    primary === 'train'
      ? command === undefined
      : primary === 'pause'
        ? restarting || (engineReady && (command === undefined || command === 'train'))
        : primary === 'go-back'
          ? engineReady && idle && lastGoodStep !== undefined
          : engineReady && idle;
  return {
    primary,
    primaryEnabled,
    stepEnabled: engineReady && idle && (phase === 'ready' || phase === 'paused'),
    resetEnabled: engineReady && idle && phase !== undefined && phase !== 'ready',
  };
}

/** How many steps the button after the last step offers: about half as many again, as a round number. */
export function moreSteps(steps: number): number {
  const half = Math.max(10, steps / 2);
  const magnitude = 10 ** Math.floor(Math.log10(half));
  const leading = half / magnitude;
  return magnitude * (leading < 2 ? 1 : leading < 5 ? 2 : 5);
}
