// GPT-3's decoder once more, in plain loops over double-precision arrays and without gradients: what the model on
// tensors is compared with. For tests only; on purpose it shares no code with it.

export interface Float64Shape {
  readonly nLayer: number;
  readonly nHead: number;
  readonly nEmbd: number;
  readonly contextLength: number;
  readonly vocabSize: number;
}

/** Factors for dropout: [B·T, C] but for attention, [B, H, T, T]; a list has one entry per layer. */
export interface Float64Masks {
  readonly embedding: ArrayLike<number>;
  readonly attention: readonly ArrayLike<number>[];
  readonly mixed: readonly ArrayLike<number>[];
  readonly contracted: readonly ArrayLike<number>[];
}

export interface Float64Result {
  /** [B·T, V]. */
  readonly logits: Float64Array;
  /** One per layer, before dropout: [B, H, T, T]. */
  readonly attention: readonly Float64Array[];
}

/** Names and sizes of the parameters in the order in which a flat array holds them. */
export function float64Layout({ nLayer, nEmbd: c, contextLength, vocabSize }: Float64Shape): [string, number][] {
  const layout: [string, number][] = [
    ['tokenEmbedding', vocabSize * c],
    ['positionEmbedding', contextLength * c],
  ];
  for (let layer = 0; layer < nLayer; layer++) {
    const sizes: Record<string, number> = {
      norm1Gain: c,
      norm1Bias: c,
      qkvWeight: 3 * c * c,
      qkvBias: 3 * c,
      projectionWeight: c * c,
      projectionBias: c,
      norm2Gain: c,
      norm2Bias: c,
      expandWeight: 4 * c * c,
      expandBias: 4 * c,
      contractWeight: 4 * c * c,
      contractBias: c,
    };
    for (const [name, size] of Object.entries(sizes)) layout.push([`blocks.${layer}.${name}`, size]);
  }
  return [...layout, ['finalNormGain', c], ['finalNormBias', c]];
}

type Rows = Float64Array;
const at = (array: ArrayLike<number>, i: number): number => array[i] ?? Number.NaN;

function norm(x: Rows, c: number, gain: Float64Array, bias: Float64Array): Rows {
  const result = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += c) {
    let mean = 0;
    for (let j = 0; j < c; j++) mean += at(x, start + j) / c;
    let variance = 0;
    for (let j = 0; j < c; j++) variance += (at(x, start + j) - mean) ** 2 / c;
    for (let j = 0; j < c; j++) {
      result[start + j] = ((at(x, start + j) - mean) / Math.sqrt(variance + 1e-5)) * at(gain, j) + at(bias, j);
    }
  }
  return result;
}

function affine(x: Rows, k: number, weight: Float64Array, bias: Float64Array): Rows {
  const m = bias.length;
  const rows = x.length / k;
  const result = new Float64Array(rows * m);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < m; j++) {
      let sum = at(bias, j);
      for (let i = 0; i < k; i++) sum += at(x, row * k + i) * at(weight, i * m + j);
      result[row * m + j] = sum;
    }
  }
  return result;
}

const geluOf = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const addMasked = (x: Rows, y: Rows, mask: ArrayLike<number> | undefined): Rows =>
  x.map((value, i) => value + at(y, i) * (mask ? at(mask, i) : 1));

/** Attention of all sequences over [B·T, 3C]. */
function attend(
  qkv: Rows,
  length: number,
  nHead: number,
  c: number,
  mask: ArrayLike<number> | undefined,
): { mixed: Rows; weights: Float64Array } {
  const rows = qkv.length / (3 * c);
  const d = c / nHead;
  const mixed = new Float64Array(rows * c);
  const weights = new Float64Array(rows * nHead * length);
  for (let row = 0; row < rows; row++) {
    const [sequence, t] = [Math.floor(row / length), row % length];
    for (let head = 0; head < nHead; head++) {
      const place = ((sequence * nHead + head) * length + t) * length;
      const scores: number[] = [];
      for (let s = 0; s <= t; s++) {
        let score = 0;
        for (let j = head * d; j < (head + 1) * d; j++) {
          score += at(qkv, row * 3 * c + j) * at(qkv, (sequence * length + s) * 3 * c + c + j);
        }
        scores.push(score / Math.sqrt(d));
      }
      const highest = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
      scores.forEach((score, s) => {
        const weight = Math.exp(score - highest) / total;
        weights[place + s] = weight;
        const kept = weight * (mask ? at(mask, place + s) : 1);
        for (let j = head * d; j < (head + 1) * d; j++) {
          mixed[row * c + j] = at(mixed, row * c + j) + kept * at(qkv, (sequence * length + s) * 3 * c + 2 * c + j);
        }
      });
    }
  }
  return { mixed, weights };
}

/** @param ids [B·T] @param length T */
export function float64Gpt(
  shape: Float64Shape,
  parameters: Float64Array,
  ids: ArrayLike<number>,
  length: number,
  masks?: Float64Masks,
): Float64Result {
  const { nLayer, nHead, nEmbd: c, vocabSize } = shape;
  const places = new Map<string, Float64Array>();
  let offset = 0;
  for (const [name, size] of float64Layout(shape)) {
    places.set(name, parameters.subarray(offset, offset + size));
    offset += size;
  }
  const get = (name: string): Float64Array => places.get(name) ?? new Float64Array();
  const tokens = get('tokenEmbedding');
  const positions = get('positionEmbedding');

  let x: Rows = new Float64Array(ids.length * c);
  for (let row = 0; row < ids.length; row++) {
    for (let j = 0; j < c; j++) {
      const sum = at(tokens, at(ids, row) * c + j) + at(positions, (row % length) * c + j);
      x[row * c + j] = sum * (masks ? at(masks.embedding, row * c + j) : 1);
    }
  }
  const attention: Float64Array[] = [];
  for (let layer = 0; layer < nLayer; layer++) {
    const block = (name: string): Float64Array => get(`blocks.${layer}.${name}`);
    const normed = norm(x, c, block('norm1Gain'), block('norm1Bias'));
    const qkv = affine(normed, c, block('qkvWeight'), block('qkvBias'));
    const { mixed, weights } = attend(qkv, length, nHead, c, masks?.attention[layer]);
    attention.push(weights);
    x = addMasked(x, affine(mixed, c, block('projectionWeight'), block('projectionBias')), masks?.mixed[layer]);
    const again = norm(x, c, block('norm2Gain'), block('norm2Bias'));
    const expanded = affine(again, c, block('expandWeight'), block('expandBias')).map(geluOf);
    const contracted = affine(expanded, 4 * c, block('contractWeight'), block('contractBias'));
    x = addMasked(x, contracted, masks?.contracted[layer]);
  }
  x = norm(x, c, get('finalNormGain'), get('finalNormBias'));
  const logits = new Float64Array(ids.length * vocabSize);
  for (let row = 0; row < ids.length; row++) {
    for (let id = 0; id < vocabSize; id++) {
      let sum = 0;
      for (let j = 0; j < c; j++) sum += at(x, row * c + j) * at(tokens, id * c + j);
      logits[row * vocabSize + id] = sum;
    }
  }
  return { logits, attention };
}

/** Mean negative log-likelihood in nats of rows of logits [N, V]. */
export function float64CrossEntropy(logits: Float64Array, targets: ArrayLike<number>): number {
  const vocabSize = logits.length / targets.length;
  let sum = 0;
  for (let row = 0; row < targets.length; row++) {
    const scores = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
    const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const total = scores.reduce((all, score) => all + Math.exp(score - highest), 0);
    sum += highest + Math.log(total) - at(scores, at(targets, row));
  }
  return sum / targets.length;
}
