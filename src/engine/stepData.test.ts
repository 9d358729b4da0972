// What changes from run to run, in one buffer: sections side by side where a binding may start, written whole or in part.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newTestPlans, noGpuProblems } from '../../scripts/testPlans.ts';
import { memoryOf, trackMemory } from './gpuMemory.ts';
import { Readback } from './readback.ts';
import { StepData } from './stepData.ts';

let device: GPUDevice;
beforeAll(async () => {
  ({ device } = await newTestPlans());
  trackMemory(device);
});
afterEach(noGpuProblems);

describe('step data', () => {
  it('holds sections where bindings may start, and sends all of them or some', async () => {
    const before = { ...memoryOf(device) };
    const data = new StepData(device, { ids: 3, rates: 65, key: 1 });
    const readback = new Readback(device);
    const held = async (): Promise<number[]> => {
      const [bytes = new ArrayBuffer(0)] = await readback.read([{ buffer: data.buffer, bytes: data.bytes }]);
      const at = (name: string): number => (data.binding(name).offset ?? 0) / 4;
      const [ints, floats] = [new Int32Array(bytes), new Float32Array(bytes)];
      return [ints[at('ids') + 2], floats[at('rates') + 64], ints[at('key')]].map((value) => value ?? Number.NaN);
    };
    expect(data.bytes).toBe(256 + 512 + 256);
    expect(Object.values(data.bindings()).map(({ offset, size }) => [offset, size])).toEqual([
      [0, 16],
      [256, 272],
      [768, 16],
    ]);
    data.ints('ids').set([1, 2, 3]);
    data.floats('rates')[64] = 0.5;
    data.ints('key')[0] = 9;
    expect(await held()).toEqual([0, 0, 0]);
    data.writeSections('rates');
    expect(await held()).toEqual([0, 0.5, 0]);
    data.write();
    expect(await held()).toEqual([3, 0.5, 9]);
    const copy = data.snapshot();
    data.ints('ids')[2] = 7;
    expect(new Int32Array(copy)[2]).toBe(3);
    for (const ask of [() => data.ints('no'), () => data.floats('no'), () => data.binding('no')]) {
      expect(ask).toThrow(RangeError);
    }
    readback.dispose();
    data.dispose();
    expect(memoryOf(device)).toEqual(before);
  });
});
