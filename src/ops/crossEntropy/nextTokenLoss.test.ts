// The output layer with its loss against plain loops in double precision: tied and with a map of its own, with and
// without z-loss and smooth labels, on every backend, extreme logits included, in one chunk of rows or several; and as a
// plan against the same run eagerly.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import {
  differenceGradient,
  largestDeviation,
  opDeviation,
  randomOperand,
  tensorOf,
  worstOf,
  type Operand,
} from '../testing/deviation.ts';
import { float64Logits, float64Objective } from '../testing/float64Objective.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { nextTokenLoss } from './nextTokenLoss.ts';
import { CROSS_ENTROPY, type Objective } from './objective.ts';
import { outputLogits, type OutputLayer } from './outputLayer.ts';

const OUTPUTS = ['tied', 'linear with bias', 'linear without bias'] as const;
type Output = (typeof OUTPUTS)[number];

interface Given {
  readonly output: Output;
  readonly objective: Objective;
  /** Hidden states, then the output layer's tensors. */
  readonly operands: readonly Operand[];
  readonly targets: readonly number[];
}

const OBJECTIVES: readonly Objective[] = [
  CROSS_ENTROPY,
  { zLoss: 0.1, labelSmoothing: 0 },
  { zLoss: 0, labelSmoothing: 0.2 },
  { zLoss: 0.05, labelSmoothing: 0.1 },
];

function layerOf(output: Output, [table, bias]: readonly tf.Tensor[]): OutputLayer {
  if (output === 'tied') return { kind: 'tied', table: table as tf.Tensor2D };
  const weight = table as tf.Tensor2D;
  return bias === undefined ? { kind: 'linear', weight } : { kind: 'linear', weight, bias: bias as tf.Tensor1D };
}

const loops = (given: Given, arrays: readonly Float64Array[], objective = given.objective): number => {
  const rows = given.targets.length;
  return float64Objective(float64Logits(rows, given.output === 'tied', ...arrays), given.targets, objective);
};

function randomCase(
  output: Output,
  [rows, width, vocabSize]: readonly [number, number, number],
  objective = CROSS_ENTROPY,
): Given {
  const random = new Random(7, rows, vocabSize);
  const hidden = randomOperand(random, [rows, width]);
  const map = randomOperand(random, output === 'tied' ? [vocabSize, width] : [width, vocabSize]);
  const bias = output === 'linear with bias' ? [randomOperand(random, [vocabSize])] : [];
  return {
    output,
    objective,
    operands: [hidden, map, ...bias],
    targets: Array.from({ length: rows }, () => random.integer(vocabSize)),
  };
}

const opOf =
  ({ output, objective }: Given, targets: tf.Tensor1D, rowsPerChunk: number) =>
  (...[hidden, ...tensors]: tf.Tensor[]): tf.Scalar =>
    nextTokenLoss(hidden as tf.Tensor2D, layerOf(output, tensors), targets, {
      rowsPerChunk,
      training: true,
      objective,
    });

/** The op's loss and gradients, run eagerly. */
async function eagerly(given: Given, rowsPerChunk: number): Promise<readonly ArrayLike<number>[]> {
  const { value, grads } = tf.tidy(() => {
    const ids = tf.tensor1d([...given.targets], 'int32');
    return tf.valueAndGrads(opOf(given, ids, rowsPerChunk))(given.operands.map(tensorOf));
  });
  expect(grads.map(({ shape }) => shape)).toEqual(given.operands.map(({ shape }) => shape));
  const results = await Promise.all([value, ...grads].map(async (tensor) => (await tensor.data()).slice()));
  tf.dispose([value, ...grads]);
  return results;
}

/** Loss and gradients by differences. */
function expectedOf(given: Given): readonly ArrayLike<number>[] {
  const arrays = given.operands.map(({ values }) => values);
  return [
    [loops(given, arrays)],
    ...arrays.map((array, i) => differenceGradient((x) => loops(given, arrays.with(i, x)), array)),
  ];
}

async function worst(given: Given, rowsPerChunk: number): Promise<number> {
  const expected = expectedOf(given);
  const results = await eagerly(given, rowsPerChunk);
  return Math.max(...expected.map((values, i) => largestDeviation(results[i] ?? [], values)));
}

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    { rows: 1, width: 1, vocabSize: 2, rowsPerChunk: 1 },
    { rows: 1, width: 3, vocabSize: 5, rowsPerChunk: 64 },
    { rows: 7, width: 4, vocabSize: 13, rowsPerChunk: 7 },
    { rows: 7, width: 4, vocabSize: 13, rowsPerChunk: 3 },
  ])('nextTokenLoss is right for $rows rows of $vocabSize in chunks of $rowsPerChunk', async (sizes) => {
    const { rows, width, vocabSize, rowsPerChunk } = sizes;
    for (const output of OUTPUTS) {
      for (const objective of OBJECTIVES) {
        const given = randomCase(output, [rows, width, vocabSize], objective);
        const { zLoss, labelSmoothing } = objective;
        expect(await worst(given, rowsPerChunk), `${output}, ${zLoss}, ${labelSmoothing}`).toBeLessThan(5e-6);
      }
    }
  });

  it.each(OUTPUTS)('outputLogits is right for a layer that is %s, forward and backward', async (output) => {
    const { operands } = randomCase(output, [5, 3, 7]);
    const op = (...[hidden, ...tensors]: tf.Tensor[]): tf.Tensor =>
      outputLogits(hidden as tf.Tensor2D, layerOf(output, tensors));
    const reference = (...arrays: Float64Array[]): Float64Array => float64Logits(5, output === 'tied', ...arrays);
    expect(worstOf(await opDeviation(op, reference, operands, new Random(8)))).toBeLessThan(5e-6);
  });

  it('nextTokenLoss is right for logits of ±10,000, sure and right or sure and wrong', async () => {
    // A table of the unit vectors: hidden states are logits. Alone, so that the small losses are not hidden by the one
    // of 20,000.
    const table: Operand = { shape: [3, 3], values: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) };
    for (const { logits, target } of [
      { logits: [1e4, -1e4, 0], target: 0 },
      { logits: [1e4, -1e4, 0], target: 1 },
      { logits: [-1e4, -1e4, -1e4], target: 2 },
      { logits: [1e4, 1e4, -1e4], target: 1 },
    ]) {
      for (const objective of OBJECTIVES) {
        const hidden = { shape: [1, 3], values: Float64Array.from(logits) };
        const given: Given = { output: 'tied', objective, operands: [hidden, table], targets: [target] };
        const [loss = [], dHidden = []] = await eagerly(given, 1);
        const exact = float64Objective(hidden.values, [target], objective);
        expect(largestDeviation(loss, [exact]), `${target}`).toBeLessThan(5e-6);
        // Wide differences: the squares are of 1e8.
        const slope = differenceGradient((x) => float64Objective(x, [target], objective), hidden.values, 1e-3);
        expect(largestDeviation(dHidden, slope), `${target}`).toBeLessThan(5e-6);
      }
    }
  });

  it.each(OUTPUTS)(
    'nextTokenLoss is plain cross-entropy without gradients, and leaves no tensor: %s',
    async (output) => {
      const given = randomCase(output, [5, 3, 4], { zLoss: 0.5, labelSmoothing: 0.5 });
      const [hidden, ...tensors] = given.operands.map(tensorOf);
      const ids = tf.tensor1d([...given.targets], 'int32');
      const before = tf.memory().numTensors;
      const { objective } = given;
      const options = { rowsPerChunk: 2, training: false, objective };
      const loss = nextTokenLoss(hidden as tf.Tensor2D, layerOf(output, tensors), ids, options);
      expect(tf.memory().numTensors).toBe(before + 1);
      const arrays = given.operands.map(({ values }) => values);
      expect(largestDeviation(await loss.data(), [loops(given, arrays, CROSS_ENTROPY)])).toBeLessThan(5e-6);
      tf.dispose([loss, ids, ...tensors, ...(hidden ? [hidden] : [])]);
    },
  );
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

  it.each(
    OUTPUTS.flatMap((output) => [
      { output, rowsPerChunk: 200, objective: CROSS_ENTROPY },
      { output, rowsPerChunk: 64, objective: { zLoss: 0.05, labelSmoothing: 0.1 } },
    ]),
  )('gives what it gives eagerly: $output, in chunks of $rowsPerChunk rows', async (setting) => {
    const { output, rowsPerChunk, objective } = setting;
    const given = randomCase(output, [150, 8, 17], objective);
    const inputs = {
      ...Object.fromEntries(given.operands.map((operand, i) => [`operand ${i}`, operand])),
      targets: { shape: [150], values: given.targets, dtype: 'int32' as const },
    };
    const { outputs } = await runPlanned(testContext(device, info), inputs, ({ targets, ...operands }) => {
      const op = opOf(given, targets as tf.Tensor1D, rowsPerChunk);
      const { value, grads } = tf.valueAndGrads(op)(Object.values(operands));
      return { outputs: [value, ...grads] };
    });
    const expected = await eagerly(given, rowsPerChunk);
    expect(outputs).toHaveLength(given.operands.length + 1);
    outputs.forEach((values, i) => expect(largestDeviation(values, expected[i] ?? [])).toBeLessThan(5e-6));
  });
});
