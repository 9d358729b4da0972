// WebGPU in Node: that there is an adapter, and that its device really computes.
import { afterAll, expect, it } from 'vitest';
import { openDawnDevice } from './dawn.mjs';

const opened = openDawnDevice();
afterAll(async () => (await opened).device.destroy());

it('runs a compute shader and reads its result', async () => {
  const { device } = await opened;
  const shader = `
    @group(0) @binding(0) var<storage, read_write> squares: array<u32>;
    @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
      squares[id.x] = id.x * id.x;
    }`;
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: shader }) },
  });
  const squares = device.createBuffer({ size: 32, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const readback = device.createBuffer({ size: 32, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer: squares } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(2);
  pass.end();
  encoder.copyBufferToBuffer(squares, 0, readback, 0, 32);
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);
  expect([...new Uint32Array(readback.getMappedRange())]).toEqual([0, 1, 4, 9, 16, 25, 36, 49]);
});
