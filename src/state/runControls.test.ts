// Which run buttons each phase offers.
import { describe, expect, it } from 'vitest';
import type { RunPhase } from '../protocol/messages.ts';
import { moreSteps, runControls, type ControlState } from './runControls.ts';

const idle = (phase: RunPhase | undefined, rest: Partial<ControlState> = {}) =>
  runControls({
    phase,
    lastGoodStep: undefined,
    engineReady: true,
    restarting: false,
    creating: false,
    command: undefined,
    ...rest,
  });

describe('runControls', () => {
  it('offers one main button per phase', () => {
    const primaries = (['ready', 'running', 'paused', 'finished', 'stopped'] as const).map((p) => idle(p).primary);
    expect(primaries).toEqual(['train', 'pause', 'resume', 'more', 'go-back']);
  });

  it('lets Train be pressed before there is an engine or a run, and nothing else', () => {
    expect(idle(undefined, { engineReady: false, creating: true })).toEqual({
      primary: 'train',
      primaryEnabled: true,
      stepEnabled: false,
      resetEnabled: false,
    });
  });

  it('steps only while nothing else is going on', () => {
    expect(idle('ready').stepEnabled).toBe(true);
    expect(idle('paused').stepEnabled).toBe(true);
    expect(idle('running').stepEnabled).toBe(false);
    expect(idle('finished').stepEnabled).toBe(false);
    expect(idle('paused', { command: 'step' }).stepEnabled).toBe(false);
    expect(idle('paused', { engineReady: false }).stepEnabled).toBe(false);
  });

  it('resets whatever has begun, and not what is new', () => {
    expect(idle('ready').resetEnabled).toBe(false);
    for (const phase of ['running', 'paused', 'finished', 'stopped'] as const)
      expect(idle(phase).resetEnabled).toBe(true);
  });

  it('can pause while the engine starts again, and do nothing else', () => {
    const restarting = { engineReady: false, restarting: true };
    expect(idle('running', restarting)).toMatchObject({ primary: 'pause', primaryEnabled: true, resetEnabled: false });
    expect(idle('paused', restarting)).toMatchObject({ primary: 'resume', primaryEnabled: false, stepEnabled: false });
  });

  it('can pause while the start is still being answered, but not twice', () => {
    expect(idle('running', { command: 'train' }).primaryEnabled).toBe(true);
    expect(idle('running', { command: 'pause' }).primaryEnabled).toBe(false);
  });

  it('goes back only where there is something to go back to', () => {
    expect(idle('stopped').primaryEnabled).toBe(false);
    expect(idle('stopped', { lastGoodStep: 0 }).primaryEnabled).toBe(true);
  });
});

describe('moreSteps', () => {
  it('offers about half as many again, as a round number', () => {
    expect([1000, 2000, 300, 100, 5, 5000].map(moreSteps)).toEqual([500, 1000, 100, 50, 10, 2000]);
  });
});
