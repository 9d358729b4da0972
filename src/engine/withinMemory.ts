// Memory of a device that may not suffice: asked for within an error scope, so that the caller learns of it.

/** Makes buffers, and tells whether there was memory for them. */
export async function withinMemory<T>(
  device: GPUDevice,
  make: () => T,
): Promise<{ made: T; problem: GPUError | null }> {
  device.pushErrorScope('out-of-memory');
  let made: T;
  try {
    made = make();
  } catch (error) {
    await device.popErrorScope();
    throw error;
  }
  return { made, problem: await device.popErrorScope() };
}
