// Attention from a cache of keys and values, run eagerly and as a program, against plain loops in double precision: a
// ring of C tokens sees what a band of C tokens sees.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, randomOperand } from '../testing/deviation.ts';
import { runKernelOnDevice } from '../testing/kernelRun.ts';
import { onDeviceWith } from '../testing/planDeviation.ts';
import { causalCombinations, shapeOf } from './attentionCases.ts';
import { attentionLoops } from './attentionLoops.ts';
import { cachedAttention, cachedAttentionKernel } from './cachedAttention.ts';
import { qkvWidth, type HeadShape } from './heads.ts';

/** Reads some tokens of every sequence. @returns the output [S·K, C] and the cache afterwards */
type Read = (
  qkv: Float32Array,
  cache: Float32Array,
  position: number,
  contextLength: number,
  shape: HeadShape,
) => Promise<{ output: ArrayLike<number>; cache: Float32Array }>;

const eagerly: Read = async (qkv, cache, position, contextLength, shape) => {
  const { batch, length } = shape;
  const next = tf.tidy(() =>
    cachedAttention(
      tf.tensor2d(qkv, [batch * length, qkvWidth(shape)]),
      tf.tensor2d(cache, [batch * contextLength, cache.length / (batch * contextLength)]),
      tf.tensor1d([position], 'int32'),
      shape,
    ),
  );
  const [output, present] = await Promise.all([next.output.data(), next.cache.data<'float32'>()]);
  tf.dispose([next.output, next.cache]);
  return { output, cache: present.slice() };
};

/**
 * Reads a text in pieces.
 * @param shape `length` tokens in all
 * @returns [B·T, C], to be compared with attention over the whole
 */
async function readInPieces(
  read: Read,
  shape: HeadShape,
  qkv: Float64Array,
  contextLength: number,
  pieces: readonly number[],
): Promise<Float64Array> {
  const { batch, length, nHead, nKeyValueHead, headSize, band } = shape;
  const [rowWidth, width, kept] = [qkvWidth(shape), nHead * headSize, 2 * nKeyValueHead * headSize];
  const actual = new Float64Array(batch * length * width);
  // What was never written must not be read.
  let cache = new Float32Array(batch * contextLength * kept).fill(Number.NaN);
  let start = 0;
  for (const count of pieces) {
    const rows = Array.from({ length: batch * count }, (_, i) => Math.floor(i / count) * length + start + (i % count));
    const piece = Float32Array.from(rows.flatMap((row) => [...qkv.subarray(row * rowWidth, (row + 1) * rowWidth)]));
    const next = await read(piece, cache, start, contextLength, { ...shape, length: count });
    rows.forEach((row, i) => {
      for (let column = 0; column < width; column++) {
        actual[row * width + column] = next.output[i * width + column] ?? Number.NaN;
      }
    });
    cache = Float32Array.from(next.cache);
    start += count;
    if (band > 0) {
      // Nor what no further token sees.
      for (let slot = 0; slot < contextLength; slot++) {
        const age = (((start - 1 - slot) % contextLength) + contextLength) % contextLength;
        if (age < band - 1) continue;
        for (let b = 0; b < batch; b++) {
          cache.fill(Number.NaN, (b * contextLength + slot) * kept, (b * contextLength + slot + 1) * kept);
        }
      }
    }
  }
  return actual;
}

/** Deviation from attention over all tokens where each sees the last `contextLength` at most. */
async function deviationOf(
  read: Read,
  shape: HeadShape,
  contextLength: number,
  pieces: readonly number[],
): Promise<number> {
  const qkv = randomOperand(new Random(17), [shape.batch * shape.length, qkvWidth(shape)]).values;
  const band = shape.band > 0 ? Math.min(shape.band, contextLength) : contextLength;
  const expected = attentionLoops({ ...shape, band }, qkv).out;
  return largestDeviation(await readInPieces(read, shape, qkv, contextLength, pieces), expected);
}

const ones = (count: number): number[] => Array.from({ length: count }, () => 1);

/** What holds for every way to run it. */
function behaves(read: Read): void {
  describe.each(causalCombinations(4, 3))('with $name', ({ switches }) => {
    it.each([[[7]], [ones(7)], [[2, 1, 4]]])('is right in pieces of %j', async (pieces) => {
      expect(await deviationOf(read, shapeOf(2, 4, 7, 3, switches), 9, pieces)).toBeLessThan(5e-6);
    });

    it.each([
      { contextLength: 5, headSize: 4 },
      { contextLength: 1, headSize: 16 },
    ])('goes round a ring of $contextLength', async ({ contextLength, headSize }) => {
      const pieces = [contextLength, ...ones(2 * contextLength + 3)];
      const shape = shapeOf(2, 4, 3 * contextLength + 3, headSize, switches);
      expect(await deviationOf(read, shape, contextLength, pieces)).toBeLessThan(5e-6);
    });
  });

  it.each([1, 4, 5, 6, 60])('sees a band of %i in a ring of 5', async (band) => {
    const shape = shapeOf(1, 2, 13, 4, { band, alibi: true });
    expect(await deviationOf(read, shape, 5, ones(13))).toBeLessThan(5e-6);
  });

  it('is right for more tokens than there are lanes, far beyond the ring’s end', async () => {
    const shape = shapeOf(1, 2, 150, 4, { nKeyValueHead: 1, alibi: true });
    expect(await deviationOf(read, shape, 70, [70, ...ones(80)])).toBeLessThan(1e-5);
  });
}

describe.each(TEST_BACKENDS)('cachedAttention on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  behaves(eagerly);

  it('keeps no tensors', async () => {
    const before = tf.memory().numTensors;
    await deviationOf(eagerly, shapeOf(2, 2, 7, 3), 4, ones(7));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses several tokens beyond the end of the ring', async () => {
    await expect(deviationOf(eagerly, shapeOf(1, 1, 6, 2), 5, [4, 2])).rejects.toThrow('read them one by one');
  });
});

describe('cachedAttention', () => {
  it('refuses tokens that look ahead', () => {
    const shape = shapeOf(1, 2, 1, 4, { causal: false });
    expect(() => cachedAttentionKernel(shape)).toThrow(RangeError);
    expect(() => cachedAttentionKernel(shape)).toThrow('causal attention only');
  });

  it('tells shapes that cost different things apart', () => {
    const details = causalCombinations(4, 3).map(({ switches }) =>
      cachedAttentionKernel(shapeOf(1, 4, 1, 4, switches)),
    );
    expect(new Set(details.map(({ detail }) => detail)).size).toBe(details.length);
  });
});

describe.each([
  { kind: 'emulated', software: true },
  { kind: 'real', software: false },
])('cachedAttention as a program for $kind GPUs', ({ software }) => {
  let device: GPUDevice;
  beforeAll(async () => {
    ({ device } = await openDawnDevice());
  });
  afterAll(() => device.destroy());

  behaves(async (qkv, cache, position, contextLength, shape) => {
    const { batch, length } = shape;
    const kernel = onDeviceWith({ software }, cachedAttentionKernel(shape));
    const { outputs } = await runKernelOnDevice(device, kernel, [
      { shape: [batch * length, qkvWidth(shape)], values: qkv },
      { shape: [batch * contextLength, cache.length / (batch * contextLength)], values: cache },
      { shape: [1], values: [position], dtype: 'int32' },
    ]);
    const [output = [], present = new Float32Array()] = outputs;
    return { output, cache: present };
  });
});
