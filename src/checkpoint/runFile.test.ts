// Run files: what goes in comes out to the bit; whatever is cut off, damaged or foreign gets a sentence.
import fc from 'fast-check';
import { strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import { crc32 } from './crc32.ts';
import { decodeRun, encodeRun, RUN_FILE_VERSION, type SavedRun } from './runFile.ts';
import { RunFileError } from './runFileError.ts';

const PARAMETERS = 7;
const RUN: SavedRun = {
  runId: 'm3x-1f',
  name: 'Tiny tales · 2 × 64 “ß” 🦊',
  config: DEFAULT_CONFIG,
  tokenizer: {
    kind: 'trained',
    merges: [
      [104, 101],
      [256, 114],
    ],
  },
  vocabSize: 259,
  textFigures: { tokens: 9000, unigramLoss: 4.5 },
  step: 420,
  sampler: { epoch: 2, cursor: 31 },
  divergence: { smoothed: 1.25, best: null },
  evaluations: [{ step: 0, validationLoss: 6.93, bitsPerByte: 3.1 }],
  diary: [
    {
      step: 0,
      prompt: 'Once',
      samples: [' zzq', '\ud800 lone'],
      judged: { sentences: 3, accepted: 1 / 3, coherent: 0, new: 1 },
    },
    { step: 50, prompt: '☃', samples: [], problem: 'No snowmen here.' },
  ],
  savedAtMs: 1_800_000_000_000,
  parameters: Float32Array.of(1, -0, 0.1, 1e-45, 3.4e38, -3.4e38, -1.5),
  firstMoment: new Float32Array(PARAMETERS).fill(1 / 3),
  secondMoment: new Float32Array(PARAMETERS).fill(1e-12),
  metrics: historyTo(420),
};
const PACKED = strToU8('what packedText.ts makes');

/** One row for each step. */
function historyTo(step: number): Float32Array {
  return Float32Array.from({ length: 5 * step }, (_, i) => (i % 5 === 0 ? i / 5 + 1 : 0.5));
}

/** Offset of the header in the file, and what it says. */
const HEADER_AT = 16;
const headerLength = (file: Uint8Array): number => new DataView(file.buffer, file.byteOffset).getUint32(12, true);
const headerOf = (file: Uint8Array): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(file.subarray(HEADER_AT, HEADER_AT + headerLength(file))));

/** A file of our form with another header, its checksum right. */
function withHeader(file: Uint8Array, header: unknown, rest = file.subarray(HEADER_AT + headerLength(file), -4)) {
  const json = strToU8(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(HEADER_AT + json.length + rest.length + 4);
  const view = new DataView(bytes.buffer);
  bytes.set(file.subarray(0, 12));
  view.setUint32(12, json.length, true);
  bytes.set(json, HEADER_AT);
  bytes.set(rest, HEADER_AT + json.length);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}
const refusal = (bytes: Uint8Array): string => {
  try {
    decodeRun(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(RunFileError);
    return error instanceof Error ? error.message : '';
  }
  throw new Error('the file was read');
};
const bits = (floats: Float32Array): Uint32Array => new Uint32Array(floats.slice().buffer);

describe('a run file', () => {
  it('gives a run back exactly, without and with its own text', () => {
    expect(decodeRun(encodeRun(RUN))).toEqual(RUN);
    expect(decodeRun(encodeRun(RUN))).not.toHaveProperty('packedText');
    expect(decodeRun(encodeRun({ ...RUN, packedText: PACKED }))).toEqual({ ...RUN, packedText: PACKED });
    const empty = new Float32Array();
    const fresh = { ...RUN, step: 0, diary: [], evaluations: [], metrics: empty };
    expect(decodeRun(encodeRun(fresh))).toEqual(fresh);
  });

  it('keeps every float to the bit, and reads from the middle of a larger buffer', () => {
    const ordinary = { noNaN: true, noDefaultInfinity: true } as const;
    const floats = fc.float32Array({ ...ordinary, minLength: 3, maxLength: 3 });
    const squares = floats.map((values) => values.map(Math.abs));
    // A loss may be any number, and none.
    const history = fc
      .float32Array({ minLength: 5, maxLength: 5 })
      .map((row) => Float32Array.of(1, ...row.subarray(1)));
    fc.assert(
      fc.property(floats, floats, squares, history, (parameters, firstMoment, secondMoment, metrics) => {
        const file = encodeRun({ ...RUN, step: 1, diary: [], parameters, firstMoment, secondMoment, metrics });
        const larger = new Uint8Array(file.length + 10);
        larger.set(file, 3);
        const read = decodeRun(larger.subarray(3, 3 + file.length));
        expect(bits(read.parameters)).toEqual(bits(parameters));
        expect(bits(read.firstMoment)).toEqual(bits(firstMoment));
        expect(bits(read.secondMoment)).toEqual(bits(secondMoment));
        expect(bits(read.metrics)).toEqual(bits(metrics));
      }),
    );
  });

  it('encodes views of larger buffers, and gives buffers of its own back', () => {
    const large = Float32Array.from({ length: 100 }, (_, i) => i);
    const file = encodeRun({ ...RUN, parameters: large.subarray(10, 10 + PARAMETERS) });
    const read = decodeRun(file);
    expect([...read.parameters]).toEqual([10, 11, 12, 13, 14, 15, 16]);
    file.fill(0);
    expect(read.parameters[0]).toBe(10);
  });
});

describe('a file that is no good', () => {
  const file = encodeRun({ ...RUN, packedText: PACKED });
  const headerEnd = HEADER_AT + headerLength(file);

  it('is not ours: empty, too short, or something else', () => {
    for (const bytes of [
      new Uint8Array(),
      strToU8('GLASS'),
      strToU8('PK\u0003\u0004 a zip file, say'),
      strToU8('{"step": 1}'),
    ]) {
      expect(refusal(bytes)).toBe('This file is not a Glassbox run.');
    }
  });

  it('is cut off: anywhere', () => {
    const places = [
      8,
      11,
      15,
      16,
      17,
      headerEnd - 1,
      headerEnd,
      headerEnd + 1,
      headerEnd + 4 * PARAMETERS,
      file.length - 5,
      file.length - 1,
    ];
    for (const length of places) {
      const message = refusal(file.subarray(0, length));
      expect(message, `after ${length} bytes`).toMatch(
        /^This run file is cut off: it has .* bytes.* Copy or download it again\.$/,
      );
      expect(message).toContain(length.toLocaleString('en'));
    }
    expect(refusal(file.subarray(0, headerEnd))).toContain(`of ${file.length.toLocaleString('en')}`);
    for (let length = 0; length < file.length; length += 13) refusal(file.subarray(0, length));
  });

  it('is of another version, which it names', () => {
    for (const version of [0, RUN_FILE_VERSION + 1, 0xffffffff]) {
      const other = file.slice();
      new DataView(other.buffer).setUint32(8, version, true);
      expect(refusal(other)).toContain(`format ${version};`);
    }
  });

  it('is damaged: one flipped bit anywhere is noticed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: file.length - 1 }), fc.integer({ min: 0, max: 7 }), (place, bit) => {
        const damaged = file.slice();
        damaged[place] = damaged[place]! ^ (1 << bit);
        refusal(damaged);
      }),
      { numRuns: 400 },
    );
    for (const place of [headerEnd, headerEnd + 5, file.length - 20, file.length - 1]) {
      const damaged = file.slice();
      damaged[place] = damaged[place]! ^ 0x10;
      expect(refusal(damaged)).toContain('checksum');
    }
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a step that is a word', { step: 'many' }, 'step'],
    ['a step that is negative', { step: -1 }, 'step'],
    ['a config out of range', { config: { ...DEFAULT_CONFIG, seed: -1 } }, 'config.seed'],
    ['a config without a model', { config: { ...DEFAULT_CONFIG, model: undefined } }, 'config.model'],
    ['no sampler', { sampler: null }, 'sampler'],
    ['an epoch before the first', { sampler: { epoch: -1, cursor: 0 } }, 'sampler.epoch'],
    ['half a window', { sampler: { epoch: 0, cursor: 0.5 } }, 'sampler.cursor'],
    ['a diary of numbers', { diary: [1, 2] }, 'diary.0'],
    [
      'a share above one',
      { diary: [{ step: 1, prompt: '', samples: [], judged: { sentences: 1, accepted: 2, coherent: 0, new: 0 } }] },
      'diary.0.judged.accepted',
    ],
    [
      'an infinite loss',
      { evaluations: [{ step: 1, validationLoss: null, bitsPerByte: 1 }] },
      'evaluations.0.validationLoss',
    ],
    ['a length that is a fraction', { textBytes: 0.5 }, 'textBytes'],
    [
      'moments of another length than the parameters',
      { floats: { parameters: 7, firstMoment: 6, secondMoment: 8, metrics: 5 } },
      'floats',
    ],
  ])('has a header of wrong types, which it names: %s', (_, change, name) => {
    expect(refusal(withHeader(file, { ...headerOf(file), ...change }))).toMatch(
      new RegExp(`^This run file is damaged: .*“${name}”`),
    );
  });

  it.each(['', 'null', '[]', '{', '"GLASSBOX"', '{"step":1e999}'])('has no header, but %s', (header) => {
    expect(refusal(withHeader(file, header))).toMatch(/^This run file is damaged: its header/);
  });

  it('has a header that promises more than the file holds', () => {
    const floats = { parameters: 2 ** 50, firstMoment: 2 ** 50, secondMoment: 2 ** 50, metrics: 5 };
    expect(refusal(withHeader(file, { ...headerOf(file), floats }))).toContain('cut off');
  });

  it('has a tokenizer that cannot have been trained', () => {
    for (const tokenizer of [null, { kind: 'words' }, { kind: 'trained', merges: [[999, 1]] }]) {
      expect(refusal(withHeader(file, { ...headerOf(file), tokenizer }))).toContain('tokenizer');
    }
  });
});

describe('a file that says what cannot be', () => {
  const withNumber = (values: Float32Array, place: number, value: number): Float32Array => {
    const changed = values.slice();
    changed[place] = value;
    return changed;
  };
  const point = (step: number) => ({ step, validationLoss: 1, bitsPerByte: 1 });
  const withSteps = (steps: number) => ({ ...DEFAULT_CONFIG, training: { ...DEFAULT_CONFIG.training, steps } });

  it.each<[string, Partial<SavedRun>, RegExp]>([
    ['a weight that is no number', { parameters: withNumber(RUN.parameters, 6, Number.NaN) }, /weights.*NaN.*7 of 7/],
    ['a weight without end', { parameters: withNumber(RUN.parameters, 0, Number.NEGATIVE_INFINITY) }, /weights.*-Inf/],
    ['a first moment that is no number', { firstMoment: withNumber(RUN.firstMoment, 1, Number.NaN) }, /first moments/],
    ['a second moment without end', { secondMoment: withNumber(RUN.secondMoment, 1, Infinity) }, /second moments.*Inf/],
    ['a square below zero', { secondMoment: withNumber(RUN.secondMoment, 3, -0.5) }, /second moments.*-0.5/],
    ['a step far beyond the last', { config: withSteps(164) }, /step 420.*last step, 164/],
    ['half a row of metrics', { metrics: historyTo(420).subarray(0, 2098) }, /metrics.*row/],
    ['no metrics at all', { metrics: new Float32Array() }, /metrics end at step 0.*step 420/],
    ['metrics that end long before', { metrics: historyTo(164) }, /metrics end at step 164.*step 420/],
    ['metrics that go on beyond', { metrics: historyTo(422) }, /metrics end at step 422.*step 420/],
    ['metrics that go back', { metrics: withNumber(historyTo(420), 5 * 419, 7) }, /metrics.*step 419 to step 7/],
    ['metrics of no step', { metrics: withNumber(historyTo(420), 10, 2.5) }, /row 3 .*2\.5/],
    ['metrics from before the first step', { metrics: withNumber(historyTo(420), 0, 0) }, /metrics.*step 0/],
    ['a validation loss of a later step', { evaluations: [point(0), point(421)] }, /validation losses.*421.*420/],
    ['validation losses that go back', { evaluations: [point(50), point(40)] }, /validation losses.*50.*40/],
    ['a diary of a later step', { diary: [{ step: 421, prompt: '', samples: [] }] }, /diary.*421.*420/],
  ])('%s', (_, change, message) => {
    expect(refusal(encodeRun({ ...RUN, ...change }))).toMatch(message);
  });

  it('but not what earlier versions left of a run that stood stopped', () => {
    // The step that was no number any more was noted and not taken.
    const after = Float32Array.of(...historyTo(420), 421, Number.NaN, 0.1, Number.NaN, 9);
    expect(decodeRun(encodeRun({ ...RUN, metrics: after })).step).toBe(420);
    // Of steps begun together those after the bad one were taken and not noted.
    expect(decodeRun(encodeRun({ ...RUN, metrics: historyTo(165) })).step).toBe(420);
  });

  it('nor a last step that was moved back while steps were under way: it is where the run is', () => {
    const opened = decodeRun(encodeRun({ ...RUN, config: withSteps(165) }));
    expect(opened.config.training.steps).toBe(420);
    expect(decodeRun(encodeRun({ ...RUN, config: withSteps(420) })).config.training.steps).toBe(420);
  });
});
