// When a silent worker is given up and, as important, when it is not: it said that it would be silent, or it is the
// page’s own clock that jumped.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat, type Quiet } from './heartbeat.ts';

let pings: number;
let quiet: (Quiet | undefined)[];
let deaths: number;
let answers: boolean;
let heartbeat: Heartbeat;

function make(patience?: number): void {
  heartbeat = new Heartbeat(
    {
      ping: () => {
        pings++;
        if (answers) heartbeat.heard();
      },
      onQuiet: (state) => void quiet.push(state),
      onDead: () => void deaths++,
    },
    patience,
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  [pings, quiet, deaths, answers] = [0, [], 0, true];
  make();
});
afterEach(() => {
  heartbeat.stop();
  vi.useRealTimers();
});
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a worker', () => {
  it('that answers lives for ever', async () => {
    heartbeat.heard();
    await wait(3_600_000);
    expect(deaths).toBe(0);
    expect(quiet).toEqual([]);
    expect(pings).toBe(3600);
  });

  it('is not watched before its first word, however long its code takes to load', async () => {
    answers = false;
    await wait(600_000);
    expect({ pings, deaths }).toEqual({ pings: 0, deaths: 0 });
  });

  it('that stops answering is given up within five seconds, once, wherever between two looks it stopped', async () => {
    for (const offsetMs of [0, 1, 400, 999]) {
      deaths = 0;
      answers = true;
      make();
      heartbeat.heard();
      await wait(10_000 + offsetMs);
      answers = false;
      await wait(2500);
      expect(deaths).toBe(0);
      await wait(2500);
      expect(deaths).toBe(1);
      await wait(60_000);
      expect(deaths).toBe(1);
    }
  });

  it('is asked one question at a time', async () => {
    heartbeat.heard();
    heartbeat.expect(60_000);
    answers = false;
    await wait(60_000);
    expect(pings).toBe(1);
  });

  it('is said to be quiet before it is given up, and to speak again', async () => {
    heartbeat.heard();
    answers = false;
    await wait(2000);
    expect(quiet).toEqual([{ expectedMs: 0 }]);
    heartbeat.heard();
    expect(quiet).toEqual([{ expectedMs: 0 }, undefined]);
    await wait(5000);
    expect(quiet.at(-1)).toBeUndefined();
    expect(deaths).toBe(1);
  });

  it('is said to be quiet each time anew', async () => {
    heartbeat.heard();
    answers = false;
    for (let time = 1; time <= 3; time++) {
      await wait(2500);
      heartbeat.heard();
      expect(quiet).toHaveLength(2 * time);
      expect(quiet.slice(-2)).toEqual([{ expectedMs: 0 }, undefined]);
    }
  });

  it('that said how long it would be silent has ten times as long', async () => {
    heartbeat.heard();
    heartbeat.expect(20_000);
    answers = false;
    await wait(190_000);
    expect(deaths).toBe(0);
    expect(quiet).toEqual([{ expectedMs: 20_000 }]);
    await wait(20_000);
    expect(deaths).toBe(1);
  });

  it('that took that back is due an answer again', async () => {
    heartbeat.heard();
    heartbeat.expect(20_000);
    await wait(5000);
    heartbeat.expect(0);
    answers = false;
    await wait(5000);
    expect(deaths).toBe(1);
  });

  it('has as many times as long as its watcher is patient', async () => {
    make(4);
    heartbeat.heard();
    answers = false;
    await wait(13_000);
    expect(deaths).toBe(0);
    await wait(3000);
    expect(deaths).toBe(1);
  });

  it('that was ended is watched no more', async () => {
    heartbeat.heard();
    answers = false;
    await wait(2000);
    heartbeat.stop();
    expect(quiet.at(-1)).toBeUndefined();
    await wait(60_000);
    expect(deaths).toBe(0);
  });
});

describe('the page’s own clock', () => {
  /** Time passes while no timer of the page runs. */
  const sleep = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

  it('may jump by hours, as after a sleep: the worker is asked first', async () => {
    heartbeat.heard();
    answers = false;
    await wait(1500);
    vi.spyOn(performance, 'now').mockImplementation(() => Date.now());
    sleep(8 * 3_600_000);
    await wait(1000);
    expect(deaths).toBe(0);
    heartbeat.heard();
    answers = true;
    await wait(60_000);
    expect(deaths).toBe(0);
  });

  it('may go backwards', async () => {
    let offsetMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => Date.now() + offsetMs);
    make();
    heartbeat.heard();
    await wait(3000);
    offsetMs = -1e9;
    await wait(60_000);
    expect(deaths).toBe(0);
    answers = false;
    await wait(5000);
    expect(deaths).toBe(1);
  });

  it('may look but once a minute, as in the background: looks count, not minutes', async () => {
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const looks: (() => void)[] = [];
    vi.spyOn(globalThis, 'setInterval').mockImplementation((look) => {
      if (typeof look === 'function') looks.push(() => look());
      return setTimeout(() => {}, 0);
    });
    make();
    heartbeat.heard();
    const look = async (): Promise<void> => {
      nowMs += 60_000;
      for (const each of looks) each();
      await Promise.resolve();
    };
    for (let minute = 0; minute < 60; minute++) await look();
    expect(deaths).toBe(0);
    answers = false;
    for (let minute = 0; minute < 3; minute++) await look();
    expect(deaths).toBe(0);
    await look();
    expect(deaths).toBe(1);
  });
});
