// The output layer with its loss against plain loops in double precision: on every backend, extreme logits included, in
// one chunk of rows or several; and as a plan against the same run eagerly.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { differenceGradient, largestDeviation, randomOperand, tensorOf, type Operand } from '../testing/deviation.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { nextTokenLoss } from './nextTokenLoss.ts';

interface Given {
  readonly hidden: Operand;
  readonly table: Operand;
  readonly targets: readonly number[];
}

/** Mean of −log softmax of the target, of logits hidden · tableᵀ. */
function loops({ targets }: Given, hidden: Float64Array, table: Float64Array): number {
  const width = hidden.length / targets.length;
  let sum = 0;
  targets.forEach((target, row) => {
    const scores = Array.from({ length: table.length / width }, (_, id) => {
      let score = 0;
      for (let j = 0; j < width; j++) score += (hidden[row * width + j] ?? 0) * (table[id * width + j] ?? 0);
      return score;
    });
    const highest = Math.max(...scores);
    const total = scores.reduce((all, score) => all + Math.exp(score - highest), 0);
    sum += highest + Math.log(total) - (scores[target] ?? Number.NaN);
  });
  return sum / targets.length;
}

function randomCase(rows: number, width: number, vocabSize: number): Given {
  const random = new Random(7, rows, vocabSize);
  return {
    hidden: randomOperand(random, [rows, width]),
    table: randomOperand(random, [vocabSize, width]),
    targets: Array.from({ length: rows }, () => random.integer(vocabSize)),
  };
}

type Results = readonly [loss: ArrayLike<number>, dHidden: ArrayLike<number>, dTable: ArrayLike<number>];

/** The op's loss and gradients, run eagerly. */
async function eagerly({ hidden, table, targets }: Given, rowsPerChunk: number): Promise<Results> {
  const { value, grads } = tf.tidy(() => {
    const ids = tf.tensor1d([...targets], 'int32');
    const op = (...given: tf.Tensor[]): tf.Scalar =>
      nextTokenLoss(given[0] as tf.Tensor2D, given[1] as tf.Tensor2D, ids, { rowsPerChunk, training: true });
    return tf.valueAndGrads(op)([tensorOf(hidden), tensorOf(table)]);
  });
  const [dHidden, dTable] = grads;
  expect(dHidden?.shape).toEqual(hidden.shape);
  expect(dTable?.shape).toEqual(table.shape);
  const results = [(await value.data()).slice(), (await dHidden?.data()) ?? [], (await dTable?.data()) ?? []] as const;
  tf.dispose([value, ...grads]);
  return results;
}

async function worst(given: Given, rowsPerChunk: number): Promise<number> {
  const { hidden, table } = given;
  const [loss, dHidden, dTable] = await eagerly(given, rowsPerChunk);
  return Math.max(
    largestDeviation(loss, [loops(given, hidden.values, table.values)]),
    largestDeviation(
      dHidden,
      differenceGradient((x) => loops(given, x, table.values), hidden.values),
    ),
    largestDeviation(
      dTable,
      differenceGradient((x) => loops(given, hidden.values, x), table.values),
    ),
  );
}

describe.each(TEST_BACKENDS)('nextTokenLoss on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    { rows: 1, width: 1, vocabSize: 2, rowsPerChunk: 1 },
    { rows: 1, width: 3, vocabSize: 5, rowsPerChunk: 64 },
    { rows: 7, width: 4, vocabSize: 13, rowsPerChunk: 7 },
    { rows: 7, width: 4, vocabSize: 13, rowsPerChunk: 3 },
  ])('is right for $rows rows of $vocabSize in chunks of $rowsPerChunk, forward and backward', async (sizes) => {
    const { rows, width, vocabSize, rowsPerChunk } = sizes;
    expect(await worst(randomCase(rows, width, vocabSize), rowsPerChunk)).toBeLessThan(5e-6);
  });

  it('is right for logits of ±10,000, sure and right or sure and wrong', async () => {
    // A table of the unit vectors: hidden states are logits. Alone, so that the small losses are not hidden by the one
    // of 20,000.
    const table: Operand = { shape: [3, 3], values: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) };
    for (const { logits, target } of [
      { logits: [1e4, -1e4, 0], target: 0 },
      { logits: [1e4, -1e4, 0], target: 1 },
      { logits: [-1e4, -1e4, -1e4], target: 2 },
      { logits: [1e4, 1e4, -1e4], target: 1 },
    ]) {
      const given: Given = { hidden: { shape: [1, 3], values: Float64Array.from(logits) }, table, targets: [target] };
      const [loss, dHidden] = await eagerly(given, 1);
      const expected = differenceGradient((x) => loops(given, x, table.values), given.hidden.values);
      expect(largestDeviation(loss, [loops(given, given.hidden.values, table.values)]), `${target}`).toBeLessThan(5e-6);
      expect(largestDeviation(dHidden, expected), `${target}`).toBeLessThan(5e-6);
    }
  });

  it('is the same without gradients, and leaves no tensor behind', async () => {
    const given = randomCase(5, 3, 4);
    const [hidden, table] = [tensorOf(given.hidden) as tf.Tensor2D, tensorOf(given.table) as tf.Tensor2D];
    const ids = tf.tensor1d([...given.targets], 'int32');
    const before = tf.memory().numTensors;
    const loss = nextTokenLoss(hidden, table, ids, { rowsPerChunk: 2, training: false });
    expect(tf.memory().numTensors).toBe(before + 1);
    const expected = loops(given, given.hidden.values, given.table.values);
    expect(largestDeviation(await loss.data(), [expected])).toBeLessThan(5e-6);
    tf.dispose([loss, hidden, table, ids]);
  });
});

describe('nextTokenLoss as a plan', () => {
  let device: GPUDevice;
  let info: GPUAdapterInfo;
  beforeAll(async () => {
    await useBackend('cpu');
    const { device: opened, adapter } = await openDawnDevice();
    device = opened;
    info = adapter.info;
  });
  afterAll(() => device.destroy());

  it.each([200, 64])('gives what it gives eagerly, in chunks of %i rows', async (rowsPerChunk) => {
    const given = randomCase(150, 8, 17);
    const inputs = {
      hidden: given.hidden,
      table: given.table,
      targets: { shape: [150], values: given.targets, dtype: 'int32' as const },
    };
    const { outputs } = await runPlanned(testContext(device, info), inputs, ({ hidden, table, targets }) => {
      const op = (...tensors: tf.Tensor[]): tf.Scalar =>
        nextTokenLoss(tensors[0] as tf.Tensor2D, tensors[1] as tf.Tensor2D, targets as tf.Tensor1D, {
          rowsPerChunk,
          training: true,
        });
      const { value, grads } = tf.valueAndGrads(op)([hidden, table].filter((tensor) => tensor !== undefined));
      return { outputs: [value, ...grads] };
    });
    const expected = await eagerly(given, rowsPerChunk);
    expect(outputs).toHaveLength(3);
    outputs.forEach((values, i) => expect(largestDeviation(values, expected[i] ?? [])).toBeLessThan(5e-6));
  });
});
