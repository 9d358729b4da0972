// A whole run as one file: magic, version, a JSON header, the float buffers, optionally the text, and a checksum.
// The browser's store keeps the same bytes, so there is one way in and one way out.
import { inWords } from '../config/inWords.ts';
import { strFromU8, strToU8 } from 'fflate';
import * as v from 'valibot';
import { runConfigSchema, type RunConfig } from '../config/runConfig.ts';
import { parseSerializedTokenizer } from '../tokenizers/createTokenizer.ts';
import type { SerializedTokenizer } from '../tokenizers/tokenizer.ts';
import { crc32 } from './crc32.ts';
import { damaged, RunFileError } from './runFileError.ts';
import { requireSound } from './soundRun.ts';

const MAGIC = 'GLASSBOX';
export const RUN_FILE_VERSION = 1;
const PREFIX_BYTES = MAGIC.length + 8;
const CHECKSUM_BYTES = 4;

const finite = v.pipe(v.number(), v.finite());
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A list that nobody changes after it was read. */
const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.readonly());

const headerSchema = v.object({
  runId: v.string(),
  name: v.string(),
  config: runConfigSchema,
  tokenizer: v.unknown(),
  vocabSize: count,
  /** What tells the run's text from another of the same name. */
  textFigures: v.object({ tokens: count, unigramLoss: finite }),
  step: count,
  sampler: v.object({ epoch: count, cursor: count }),
  divergence: v.object({ smoothed: v.nullable(finite), best: v.nullable(finite) }),
  evaluations: list(v.object({ step: count, validationLoss: finite, bitsPerByte: finite })),
  diary: list(
    v.object({
      step: count,
      prompt: v.string(),
      samples: list(v.string()),
      judged: v.exactOptional(v.object({ sentences: count, accepted: share, coherent: share, new: share })),
      problem: v.exactOptional(v.string()),
    }),
  ),
  savedAtMs: finite,
  /** Lengths of the float buffers that follow, in elements. */
  floats: v.pipe(
    v.object({ parameters: count, firstMoment: count, secondMoment: count, metrics: count }),
    v.check((sizes) => sizes.firstMoment === sizes.parameters && sizes.secondMoment === sizes.parameters),
  ),
  /** Bytes of the compressed text that follows; 0 if none. */
  textBytes: count,
});

type Header = v.InferOutput<typeof headerSchema>;

export interface SavedRun extends Omit<Header, 'tokenizer' | 'floats' | 'textBytes'> {
  readonly tokenizer: SerializedTokenizer;
  /** All three [P]. */
  readonly parameters: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Rows of METRIC_COLUMNS. */
  readonly metrics: Float32Array;
  /** The run's own text, where it cannot be made again from the config: see `packedText.ts`. */
  readonly packedText?: Uint8Array;
}

const FLOAT_PARTS = ['parameters', 'firstMoment', 'secondMoment', 'metrics'] as const;

export function encodeRun(run: SavedRun): Uint8Array<ArrayBuffer> {
  const { packedText = new Uint8Array(), parameters, firstMoment, secondMoment, metrics, ...rest } = run;
  const buffers = { parameters, firstMoment, secondMoment, metrics };
  const floats = {
    parameters: parameters.length,
    firstMoment: firstMoment.length,
    secondMoment: secondMoment.length,
    metrics: metrics.length,
  };
  const header = strToU8(JSON.stringify({ ...rest, floats, textBytes: packedText.length }));
  const floatBytes = FLOAT_PARTS.reduce((sum, name) => sum + buffers[name].byteLength, 0);
  const bytes = new Uint8Array(PREFIX_BYTES + header.length + floatBytes + packedText.length + CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(strToU8(MAGIC));
  view.setUint32(MAGIC.length, RUN_FILE_VERSION, true);
  view.setUint32(MAGIC.length + 4, header.length, true);
  let place = PREFIX_BYTES;
  const put = (part: Uint8Array): void => {
    bytes.set(part, place);
    place += part.length;
  };
  put(header);
  for (const name of FLOAT_PARTS) {
    const part = buffers[name];
    put(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  put(packedText);
  view.setUint32(place, crc32(bytes.subarray(0, place)), true);
  return bytes;
}

/** Bytes from a file's start that show whether it is a run at all. */
export const MARK_BYTES = MAGIC.length;

/** @param start the first `MARK_BYTES` bytes, or more @throws RunFileError if they are not those of a run */
export function requireRunMark(start: Uint8Array): void {
  if (start.length < MARK_BYTES || strFromU8(start.subarray(0, MARK_BYTES)) !== MAGIC) {
    throw new RunFileError('This file is not a Glassbox run.');
  }
}

/**
 * The run in a file's bytes; its text stays packed.
 * @throws RunFileError with a sentence if the bytes are no run, of another version, cut off, damaged or contradict themselves
 */
export function decodeRun(bytes: Uint8Array): SavedRun {
  requireRunMark(bytes);
  if (bytes.length < PREFIX_BYTES) throw truncated(bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(MAGIC.length, true);
  if (version !== RUN_FILE_VERSION) {
    throw new RunFileError(
      `This run was saved in format ${version}; this page reads format ${RUN_FILE_VERSION}. Open it with the version of Glassbox that wrote it.`,
    );
  }
  const headerEnd = PREFIX_BYTES + view.getUint32(MAGIC.length + 4, true);
  if (bytes.length < headerEnd) throw truncated(bytes.length);
  const header = parseHeader(strFromU8(bytes.subarray(PREFIX_BYTES, headerEnd)));
  const floatCount = FLOAT_PARTS.reduce((sum, name) => sum + header.floats[name], 0);
  const expected = headerEnd + 4 * floatCount + header.textBytes + CHECKSUM_BYTES;
  if (bytes.length < expected) throw truncated(bytes.length, expected);
  const end = expected - CHECKSUM_BYTES;
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) {
    throw damaged('its checksum does not match its content');
  }
  const tokenizer = parseSerializedTokenizer(header.tokenizer);
  if (tokenizer === undefined) throw new RunFileError('This run file holds a tokenizer that cannot be read.');
  let place = headerEnd;
  const floatsOf = (name: (typeof FLOAT_PARTS)[number]): Float32Array => {
    const length = 4 * header.floats[name];
    const part = new Float32Array(bytes.slice(place, place + length).buffer);
    place += length;
    return part;
  };
  const parameters = floatsOf('parameters');
  const firstMoment = floatsOf('firstMoment');
  const secondMoment = floatsOf('secondMoment');
  const metrics = floatsOf('metrics');
  const { floats: _floats, textBytes, ...rest } = header;
  const run = { ...rest, tokenizer, parameters, firstMoment, secondMoment, metrics };
  requireSound(run);
  const reached = { ...run, config: withStepReached(run.config, run.step) };
  return textBytes === 0 ? reached : { ...reached, packedText: bytes.slice(place, place + textBytes) };
}

/** A last step that was moved back while steps were under way could once be saved as it was typed. */
function withStepReached(config: RunConfig, step: number): RunConfig {
  const { training } = config;
  return step <= training.steps ? config : { ...config, training: { ...training, steps: step } };
}

const truncated = (present: number, expected?: number): RunFileError =>
  new RunFileError(
    `This run file is cut off: it has ${inWords(present)} bytes${
      expected === undefined ? '' : ` of ${inWords(expected)}`
    }. Copy or download it again.`,
  );

function parseHeader(text: string): Header {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), headerSchema), text);
  if (parsed.success) return parsed.output;
  const place = v.getDotPath(parsed.issues[0]);
  throw damaged(place === null ? 'its header cannot be read' : `its header has no valid “${place}”`);
}
