// Shaders compiled once per device; one that does not compile is told by name, and can be tried again.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { countCalls, type DeviceCounts } from '../../scripts/countingDevice.ts';
import { newTestPlans, noGpuProblems } from '../../scripts/testPlans.ts';
import { compile } from './pipelines.ts';

let device: GPUDevice;
let taken: () => DeviceCounts;
beforeAll(async () => {
  ({ device } = await newTestPlans());
  taken = countCalls(device);
});
afterEach(() => {
  vi.restoreAllMocks();
  noGpuProblems();
});

const shader = (label: string, value: number) => ({
  label,
  code: `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(1) fn main() { x[0] = ${value}.0; }`,
});

describe('compile', () => {
  it('compiles each text once, whatever its label, and tells how far it is', async () => {
    taken();
    const shares: number[] = [];
    const pipelineOf = await compile(device, [shader('a', 1), shader('b', 2), shader('c', 1)], (share) =>
      shares.push(share),
    );
    expect(shares).toEqual([0.5, 1]);
    expect(taken()).toMatchObject({ pipelines: 2, shaderModules: 2 });
    const again = await compile(device, [shader('d', 2)]);
    expect(taken()).toMatchObject({ pipelines: 0, shaderModules: 0 });
    expect(again(shader('', 2).code)).toBe(pipelineOf(shader('', 2).code));
    expect(pipelineOf(shader('', 1).code)).not.toBe(pipelineOf(shader('', 2).code));
    expect(() => again(shader('', 1).code)).toThrow(RangeError);
  });

  it('names a shader that does not compile, with the reason, and tries it again when asked again', async () => {
    const broken = { label: 'the broken one', code: '@compute @workgroup_size(1) fn main() { let x = nowhere; }' };
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(compile(device, [shader('sound', 3), broken])).rejects.toThrow(/the broken one[^]*nowhere/);
    }
    const fails = vi.spyOn(device, 'createComputePipelineAsync').mockRejectedValueOnce(new Error('Busy.'));
    await expect(compile(device, [shader('late', 4)])).rejects.toThrow('late');
    fails.mockRestore();
    expect((await compile(device, [shader('late', 4)]))(shader('', 4).code)).toBeInstanceOf(GPUComputePipeline);
  });
});
