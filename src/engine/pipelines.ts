// Compute pipelines by their shader's text: compiled once per device, without blocking the thread.

const compiled = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

/**
 * Compiles all given shaders, those that are known already at no cost.
 * @param onProgress share of the shaders that are ready
 * @throws Error with the compiler's message and the shader's label
 */
export async function compile(
  device: GPUDevice,
  shaders: readonly { readonly label: string; readonly code: string }[],
  onProgress: (share: number) => void = () => {},
): Promise<(code: string) => GPUComputePipeline> {
  const known = compiled.get(device) ?? new Map<string, Promise<GPUComputePipeline>>();
  compiled.set(device, known);
  const distinct = new Map(shaders.map(({ label, code }) => [code, label]));
  const ready = new Map<string, GPUComputePipeline>();
  await Promise.all(
    [...distinct].map(async ([code, label]) => {
      const pipeline = known.get(code) ?? compileOne(device, label, code);
      known.set(code, pipeline);
      try {
        ready.set(code, await pipeline);
      } catch (error) {
        known.delete(code);
        throw error;
      }
      onProgress(ready.size / distinct.size);
    }),
  );
  return (code) => {
    const pipeline = ready.get(code);
    if (pipeline === undefined) throw new RangeError('This shader was not compiled.');
    return pipeline;
  };
}

async function compileOne(device: GPUDevice, label: string, code: string): Promise<GPUComputePipeline> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code });
  const problem = device.popErrorScope();
  try {
    return await device.createComputePipelineAsync({ label, layout: 'auto', compute: { module, entryPoint: 'main' } });
  } catch (error) {
    const message = (await problem)?.message ?? (error instanceof Error ? error.message : String(error));
    throw new Error(`The shader of “${label}” cannot be compiled: ${message}`, { cause: error });
  } finally {
    await problem;
  }
}
