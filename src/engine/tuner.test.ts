// The choice among a kernel's variants: the quickest of those that are right, by a clock of the test's own; what is
// remembered; and what happens without time to measure.
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { countCalls, type DeviceCounts } from '../../scripts/countingDevice.ts';
import { noGpuProblems, testPlans } from '../../scripts/testPlans.ts';
import { plainFinish } from './finish.ts';
import { memoryOf, trackMemory } from './gpuMemory.ts';
import type { DeviceTraits, KernelCall, PlacedSpec, Program } from './kernel.ts';
import { Shader } from './shader.ts';
import { soundOnes, Tuner, type TunerCache, type TuningRequest } from './tuner.ts';

let device: GPUDevice;
let traits: DeviceTraits;
let taken: () => DeviceCounts;
/** One tick per dispatch that was encoded, so that a variant takes as long as it has dispatches. */
let ticks = 0;

beforeAll(async () => {
  ({ device, traits } = await testPlans());
  trackMemory(device);
  const count = countCalls(device);
  taken = () => {
    const counts = count();
    ticks += counts.dispatches;
    return counts;
  };
});
beforeEach(() => {
  taken();
  vi.spyOn(performance, 'now').mockImplementation(() => {
    taken();
    return ticks;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  noGpuProblems();
});

/** What a variant computes from x, and in how many dispatches of the same. */
const VARIANTS: Record<string, { expression: string; dispatches: number }> = {
  slow: { expression: '2.0 * x_at(i)', dispatches: 5 },
  quick: { expression: 'x_at(i) + x_at(i)', dispatches: 1 },
  middling: { expression: '2.0 * x_at(i)', dispatches: 3 },
  wrong: { expression: '2.0 * x_at(i) + select(0.0, 0.1, i == 17u)', dispatches: 1 },
  // All bits of the exponent set, and some of the fraction.
  nan: { expression: 'bitcast<f32>(0x7fc00000u + u32(x_at(i) > 9.0))', dispatches: 1 },
  broken: { expression: 'no_such_function(i)', dispatches: 1 },
};

function requestOf(variants: readonly string[], size = 64): TuningRequest {
  const spec: PlacedSpec = { shape: [size], dtype: 'float32', storage: 'f32' };
  const program: KernelCall['program'] = ({ variant, inputs: [x], outputs: [y] }): Program => {
    const { expression, dispatches } = VARIANTS[variant] ?? { expression: '', dispatches: 0 };
    const shader = new Shader();
    if (x) shader.input('x', 0, x);
    if (y) shader.output('y', 0, y);
    shader.add(`@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i < ${size}u) { y_set(i, ${expression}); }
}`);
    const dispatch = shader.dispatch(variant, [Math.ceil(size / 64), 1, 1]);
    return { dispatches: new Array<typeof dispatch>(dispatches).fill(dispatch) };
  };
  return {
    call: { name: 'double', detail: '', program, inPlace: [], flops: size },
    site: { inputs: [spec], outputs: [spec], traits, finish: plainFinish(spec) },
    variants,
    label: 'double',
  };
}

class FakeCache implements TunerCache {
  readonly kept = new Map<string, Readonly<Record<string, string>>>();
  saves = 0;
  async load(adapter: string): Promise<Readonly<Record<string, string>>> {
    return this.kept.get(adapter) ?? {};
  }
  async save(adapter: string, choices: Readonly<Record<string, string>>): Promise<void> {
    this.saves++;
    this.kept.set(adapter, choices);
  }
}

async function choose(variants: readonly string[], cache?: TunerCache, budgetMs?: number) {
  const tuner = new Tuner(device, 'a device', cache, budgetMs);
  const request = requestOf(variants);
  await tuner.tune([request]);
  return { tuner, chosen: tuner.variantOf(request), choice: tuner.choices[0] };
}

describe('a tuner', () => {
  it('chooses the quickest, and gives its memory back', async () => {
    const before = { ...memoryOf(device) };
    const { tuner, chosen, choice } = await choose(['slow', 'quick', 'middling']);
    expect(chosen).toBe('quick');
    expect(choice?.measuredMs).toEqual({ slow: 5, quick: 1, middling: 3 });
    expect(choice?.rejected).toEqual([]);
    expect(tuner.spentMs).toBeGreaterThan(0);
    expect(memoryOf(device)).toEqual(before);
  });

  it.each([
    { bad: 'wrong', variants: ['slow', 'wrong', 'middling'] },
    { bad: 'wrong', variants: ['wrong', 'middling', 'slow'] },
    { bad: 'nan', variants: ['slow', 'nan', 'middling'] },
    { bad: 'nan', variants: ['nan', 'middling'] },
    { bad: 'broken', variants: ['broken', 'slow', 'middling'] },
  ])('rejects the variant that is $bad of $variants, however quick', async ({ bad, variants }) => {
    const { chosen, choice } = await choose(variants);
    expect(choice?.rejected).toEqual([bad]);
    expect(chosen).toBe('middling');
    expect(choice?.measuredMs).not.toHaveProperty(bad);
  });

  it('believes the first of two that differ', async () => {
    expect((await choose(['slow', 'wrong'])).chosen).toBe('slow');
  });

  it('takes the first where none is right, and none can be measured', async () => {
    const { chosen, choice } = await choose(['broken', 'nan']);
    expect(chosen).toBe('broken');
    expect(choice?.rejected).toEqual(['broken', 'nan']);
  });

  it('keeps a former variant that another does not beat by more than noise', async () => {
    const shaky = new Tuner(device, 'a device');
    const request = requestOf(['middling', 'quick']);
    // A clock on which both take about the same, the second a trifle less.
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 10 - 0.001 * nowMs));
    await shaky.tune([request]);
    expect(shaky.variantOf(request)).toBe('middling');
  });

  it('measures requests of one shape class once', async () => {
    const tuner = new Tuner(device, 'a device');
    await tuner.tune([requestOf(['slow', 'quick']), requestOf(['slow', 'quick'])]);
    await tuner.tune([requestOf(['slow', 'quick'], 60)]);
    expect(tuner.choices).toHaveLength(1);
    await tuner.tune([requestOf(['slow', 'quick'], 65)]);
    expect(tuner.choices).toHaveLength(2);
  });

  it('tells how far it is', async () => {
    const shares: number[] = [];
    const tuner = new Tuner(device, 'a device');
    await tuner.tune([requestOf(['slow', 'quick']), requestOf(['slow', 'quick'], 128)], (share) => shares.push(share));
    expect(shares).toEqual([0.5, 1]);
  });

  it('leaves what the device has no memory to measure in its first variant, and gives all back', async () => {
    const before = { ...memoryOf(device) };
    const size = Math.ceil(device.limits.maxBufferSize / 4) + 64;
    const request = requestOf(['slow', 'quick'], size);
    const cache = new FakeCache();
    const tuner = new Tuner(device, 'a device', cache);
    await tuner.tune([request]);
    expect(tuner.variantOf(request)).toBe('slow');
    expect(cache.saves).toBe(0);
    expect(memoryOf(device)).toEqual(before);
  });

  it('without time measures nothing and takes the first', async () => {
    const { chosen, tuner } = await choose(['slow', 'quick'], undefined, 0);
    expect(chosen).toBe('slow');
    expect(tuner.choices).toEqual([]);
    expect(taken()).toMatchObject({ buffers: 0, pipelines: 0, dispatches: 0, submits: 0 });
  });

  it('spends its time on what takes the most work', async () => {
    const tuner = new Tuner(device, 'a device', undefined, 1);
    const [small, large] = [requestOf(['slow', 'quick'], 32), requestOf(['slow', 'quick'], 1024)];
    await tuner.tune([small, large]);
    expect([tuner.variantOf(small), tuner.variantOf(large)]).toEqual(['slow', 'quick']);
  });
});

describe('a tuner’s memory', () => {
  it('is asked before anything is measured, and told what was', async () => {
    const cache = new FakeCache();
    await choose(['slow', 'quick'], cache);
    expect(cache.saves).toBe(1);
    expect([...cache.kept.values()].map((choices) => Object.values(choices))).toEqual([['quick']]);
    taken();
    const { chosen, choice } = await choose(['slow', 'quick'], cache);
    expect(chosen).toBe('quick');
    expect(choice).toMatchObject({ measuredMs: {}, rejected: [] });
    expect(taken()).toMatchObject({ buffers: 0, dispatches: 0 });
  });

  it('holds without time to measure, too', async () => {
    const cache = new FakeCache();
    await choose(['slow', 'quick'], cache);
    expect((await choose(['slow', 'quick'], cache, 0)).chosen).toBe('quick');
  });

  it('is not believed where it names a variant that there is no more', async () => {
    const cache = new FakeCache();
    await choose(['slow', 'quick'], cache);
    const { chosen, choice } = await choose(['slow', 'middling'], cache);
    expect(chosen).toBe('middling');
    expect(choice?.measuredMs).toEqual({ slow: 5, middling: 3 });
  });

  it('is not believed where the text of any of the shaders has changed, and forgets what nobody asks for', async () => {
    const cache = new FakeCache();
    const stored = (): string[] => Object.keys([...cache.kept.values()][0] ?? {});
    await choose(['slow', 'quick'], cache);
    const [first] = stored();
    for (const changed of ['slow', 'quick']) {
      const known = VARIANTS[changed]!;
      for (const version of [1, 2, 3]) {
        // The same numbers by another text.
        VARIANTS[changed] = { ...known, expression: `${known.expression} + ${version}.0 - ${version}.0` };
        const { choice } = await choose(['slow', 'quick'], cache);
        expect(choice?.measuredMs, `${changed} ${version}`).toEqual({ slow: 5, quick: 1 });
        expect((await choose(['slow', 'quick'], cache)).choice?.measuredMs).toEqual({});
      }
      VARIANTS[changed] = known;
    }
    expect(stored()).toHaveLength(4);
    expect(stored()).not.toContain(first);
  });

  it('of former versions, which do not tell the shaders, is left out and goes', async () => {
    const cache = new FakeCache();
    await choose(['slow', 'quick'], cache);
    const [name = ''] = Object.keys([...cache.kept.values()][0] ?? {});
    const former = name.slice(0, name.lastIndexOf(' · '));
    cache.kept.set('a device', { [former]: 'slow', '': 'slow' });
    const { chosen, choice } = await choose(['slow', 'quick'], cache);
    expect([chosen, choice?.measuredMs]).toEqual(['quick', { slow: 5, quick: 1 }]);
    expect(cache.kept.get('a device')).toEqual({ [name]: 'quick' });
  });

  it('is another for another device', async () => {
    const cache = new FakeCache();
    await choose(['slow', 'quick'], cache);
    const elsewhere = new Tuner(device, 'another device', cache);
    await elsewhere.tune([requestOf(['slow', 'quick'])]);
    expect(elsewhere.choices[0]?.measuredMs).not.toEqual({});
    expect(cache.kept.size).toBe(2);
  });

  it('keeps the choices for other shapes', async () => {
    const cache = new FakeCache();
    const first = new Tuner(device, 'a device', cache);
    await first.tune([requestOf(['slow', 'quick'], 16)]);
    const second = new Tuner(device, 'a device', cache);
    await second.tune([requestOf(['slow', 'quick'], 512)]);
    expect(Object.values([...cache.kept.values()][0] ?? {})).toEqual(['quick', 'quick']);
  });

  it('that fails is no obstacle', async () => {
    const failing: TunerCache = {
      load: () => Promise.reject(new Error('The disk is gone.')),
      save: () => Promise.reject(new Error('The disk is full.')),
    };
    expect((await choose(['slow', 'quick'], failing)).chosen).toBe('quick');
  });
});

describe('soundOnes', () => {
  const of = (...values: number[]): Float32Array => Float32Array.from(values);

  it('finds the one of three that differs, wherever it stands', () => {
    for (const place of [0, 1, 2]) {
      const results = [of(1, 2, 3), of(1, 2, 3), of(1, 2, 3)];
      results[place] = of(1, 2.01, 3);
      expect(soundOnes(results)).toEqual([0, 1, 2].map((i) => i !== place));
    }
  });

  it('finds numbers that are none, though all else agrees', () => {
    expect(soundOnes([of(1, Number.NaN), of(1, 2)])).toEqual([false, true]);
    expect(soundOnes([of(1, 2), of(Number.POSITIVE_INFINITY, 2), of(1, 2)])).toEqual([true, false, true]);
    expect(soundOnes([of(Number.NaN)])).toEqual([false]);
    expect(soundOnes([])).toEqual([]);
  });

  it('lets sums in another order pass, also beside values of zero', () => {
    expect(soundOnes([of(100, 0), of(100.01, 1e-5), of(99.99, -1e-5)])).toEqual([true, true, true]);
    expect(soundOnes([of(0, 0), of(0, 0)])).toEqual([true, true]);
    expect(soundOnes([of(0, 0), of(0, 1e-3)])).toEqual([true, false]);
  });

  it('keeps a majority that agrees, however wrong the others are', () => {
    const wrong = fc.oneof(
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38),
      fc.double({ min: 0.1, max: 1e6, noNaN: true }),
    );
    const some = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 3 }), fc.array(wrong, { maxLength: 3 }), (rest, more, errors) => {
        const values = [1, ...rest];
        const right = Array.from({ length: errors.length + more }, (_, i) => {
          return Float32Array.from(values, (value) => value + 1e-5 * i);
        });
        const bad = errors.map((error) =>
          Float32Array.from(values, (value, i) => (i === 1 ? value + 1 + error : value)),
        );
        const verdicts = soundOnes([...bad, ...right]);
        expect(verdicts.slice(bad.length).every(Boolean)).toBe(true);
        expect(verdicts.slice(0, bad.length).some(Boolean)).toBe(false);
      }),
      { seed: 1 },
    );
  });
});
