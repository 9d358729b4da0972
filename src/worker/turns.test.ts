// Turns on the device: never two at once, in the order asked, and training behind what a person waits for.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeviceTurns } from './turns.ts';

/** A piece of work that ends when the test says so. */
function piece(log: string[], name: string) {
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async (): Promise<string> => {
    log.push(`${name} starts`);
    await ended;
    log.push(`${name} ends`);
    return name;
  };
  return { work, end };
}
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('exclusive', () => {
  it('runs one piece at a time, in the order asked, and gives each its result', async () => {
    const turns = new DeviceTurns();
    const log: string[] = [];
    const pieces = ['a', 'b', 'c'].map((name) => piece(log, name));
    const results = pieces.map(({ work }) => turns.exclusive(work));
    // Ending the later ones first changes nothing: they have not started.
    for (const { end } of pieces.toReversed()) {
      end();
      await settle();
    }
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  });

  it('passes an error to who asked, and goes on with the next', async () => {
    const turns = new DeviceTurns();
    const failing = turns.exclusive(() => Promise.reject(new Error('lost')));
    const throwing = turns.exclusive(() => {
      throw new Error('at once');
    });
    const next = turns.exclusive(async () => 'next');
    await expect(failing).rejects.toThrow('lost');
    await expect(throwing).rejects.toThrow('at once');
    expect(await next).toBe('next');
  });
});

describe('background', () => {
  it('runs at once where nobody waits', async () => {
    expect(await new DeviceTurns().background(async () => 'step')).toBe('step');
  });

  it('stands back until attended work has ended, also between its turns', async () => {
    const turns = new DeviceTurns();
    const log: string[] = [];
    const generation = piece(log, 'generation');
    const attended = turns.attended(generation.work);
    const step = turns.background(async () => void log.push('step'));
    await turns.exclusive(async () => void log.push('token'));
    await vi.advanceTimersByTimeAsync(400);
    expect(log).toEqual(['generation starts', 'token']);
    generation.end();
    expect(await attended).toBe('generation');
    await step;
    expect(log).toEqual(['generation starts', 'token', 'generation ends', 'step']);
  });

  it('waits for the last of several, and no longer than half a second', async () => {
    const turns = new DeviceTurns();
    const log: string[] = [];
    const [one, two] = [piece(log, 'one'), piece(log, 'two')];
    const both = [turns.attended(one.work), turns.attended(two.work)];
    const step = turns.background(async () => void log.push('step'));
    one.end();
    await vi.advanceTimersByTimeAsync(499);
    expect(log).not.toContain('step');
    await vi.advanceTimersByTimeAsync(1);
    expect(log).toContain('step');
    two.end();
    await Promise.all([...both, step]);
    expect(log.filter((entry) => entry === 'step')).toHaveLength(1);
  });

  it('is let in by attended work that fails', async () => {
    const turns = new DeviceTurns();
    const attended = turns.attended(() => Promise.reject(new Error('unknown character')));
    const step = turns.background(async () => 'step');
    await expect(attended).rejects.toThrow('unknown character');
    expect(await step).toBe('step');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes its turn among the others: never two at once', async () => {
    const turns = new DeviceTurns();
    let busy = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++busy);
      await Promise.resolve();
      busy--;
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? turns.background(work) : turns.exclusive(work))));
    expect(most).toBe(1);
  });
});
