// A check in words: verdicts that miss no failure, places in groups, and the whole as text.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../config/runConfig.ts';
import type { CheckedGroup, EvidenceReport, ParityFigure } from '../../protocol/messages.ts';
import { CIRCUMSTANCES, REPORT_COPY, VERDICTS } from './evidenceCopy.ts';
import { evidenceText } from './evidenceText.ts';
import { circumstances, placeOf, readableFigure, verdictOf, verdictSentence } from './evidenceWords.ts';

const group = (name: string, passed = true): CheckedGroup => ({
  name,
  shape: [16, 48],
  elements: 768,
  checked: 20,
  maxRelativeError: passed ? 1.25e-5 : 0.02,
  worst: { index: 100, analytic: 0.00123, numeric: 0.00124 },
  passed,
});
const figure = (path: ParityFigure['path'], tolerance: number | null, passed = true): ParityFigure => ({
  quantity: 'logits',
  path,
  against: 'float64',
  count: 576,
  deviation: passed ? 2.3e-7 : 0.5,
  tolerance,
  passed,
});
const REPORT: EvidenceReport = {
  backend: 'webgpu',
  adapter: 'nvidia hopper',
  engine: 'plan',
  precision: 'f16',
  model: { ...DEFAULT_CONFIG.model, positions: 'rotary', nKeyValueHead: 2, band: 4, biases: false },
  objective: { zLoss: 1e-4, labelSmoothing: 0 },
  vocabSize: 1024,
  parameterCount: 27_500,
  batchSize: 2,
  length: 12,
  changes: ['2 instead of 12 layers', 'no dropout'],
  gradientTolerance: 1e-3,
  groups: [group('tokenEmbedding'), group('blocks.0.qkvWeight')],
  parity: [figure('plan', 1e-4), figure('plan-f16', null)],
  seconds: 2.345,
  passed: true,
};
const failing: EvidenceReport = {
  ...REPORT,
  groups: [group('tokenEmbedding'), group('blocks.0.qkvWeight', false)],
  parity: [figure('plan', 1e-4, false), figure('plan-f16', null)],
  passed: false,
};

describe('the verdict', () => {
  it('counts what was judged and every failure', () => {
    expect(verdictSentence(REPORT)).toBe(VERDICTS.allAgree('2 groups', '1 comparison'));
    const [groupsFailed, parityFailed] = [
      VERDICTS.failedGroups(1, '2 groups'),
      VERDICTS.failedComparisons(1, '1 comparison'),
    ];
    expect(verdictSentence(failing)).toBe(VERDICTS.notAllAgree(`${groupsFailed}${VERDICTS.and}${parityFailed}`));
    expect(verdictSentence({ ...REPORT, parity: failing.parity })).toBe(VERDICTS.notAllAgree(parityFailed));
    // A figure for information that is no number fails too.
    const broken = { ...figure('plan-f16', null), deviation: Number.POSITIVE_INFINITY, passed: false };
    expect(verdictSentence({ ...REPORT, parity: [broken] })).toBe(VERDICTS.notAllAgree(parityFailed));
    expect([figure('plan', 1), figure('plan', null), broken].map(verdictOf)).toEqual([
      'passed',
      'information',
      'failed',
    ]);
  });
});

it('places are rows and columns of a matrix, entries of a vector', () => {
  const worst = { index: 100, analytic: 0, numeric: 0 };
  expect(placeOf({ shape: [16, 48], worst })).toBe('2, 4');
  expect(placeOf({ shape: [128], worst })).toBe('100');
});

it('figures that are no numbers say so', () => {
  expect([1.234_5e-6, 0, Number.NaN, Number.POSITIVE_INFINITY].map(readableFigure)).toEqual([
    '1.23e-6',
    '0',
    VERDICTS.notANumber,
    VERDICTS.notANumber,
  ]);
});

it('circumstances name the device, the precision, the switches and what differs from the run', () => {
  const words = new Map(circumstances(REPORT));
  expect(words.get(CIRCUMSTANCES.device)).toBe(`WebGPU · nvidia hopper · ${CIRCUMSTANCES.plan}`);
  expect(words.get(CIRCUMSTANCES.activations)).toBe(CIRCUMSTANCES.f16);
  const switches = words.get(CIRCUMSTANCES.switches)?.split(', ') ?? [];
  for (const part of ['rotary', 'pre-layer', 'gelu', 'causal', '2 key/value', '4', 'tied', 'no biases']) {
    expect(switches.filter((words) => words.includes(part)).length, part).toBeGreaterThan(0);
  }
  expect(words.get(CIRCUMSTANCES.objective)).toContain('z-loss 0.0001');
  expect(words.get(CIRCUMSTANCES.changes)).toBe('2 instead of 12 layers, no dropout');
  const bare = new Map(circumstances({ ...REPORT, adapter: '', changes: [] }));
  expect(bare.get(CIRCUMSTANCES.device)).toContain(CIRCUMSTANCES.adapterUnknown);
  expect(bare.get(CIRCUMSTANCES.changes)).toBe(CIRCUMSTANCES.unchanged);
});

it('the text holds everything, in columns', () => {
  const text = evidenceText(failing, new Date(Date.UTC(2026, 0, 2, 3, 4, 5)));
  const lines = text.split('\n');
  expect(lines[0]).toBe(REPORT_COPY.title('2026-01-02T03:04:05.000Z', '2.3'));
  expect(lines[1]).toBe(verdictSentence(failing));
  const row = lines.find((line) => line.startsWith('blocks.0.qkvWeight')) ?? '';
  expect(row.split(/ {2,}/)).toEqual([
    'blocks.0.qkvWeight',
    '16 × 48',
    '20/768',
    '0.02',
    '2, 4',
    '0.00123',
    '0.00124',
    'failed',
  ]);
  const header = lines.find((line) => line.startsWith('group')) ?? '';
  expect(row.indexOf('failed')).toBe(header.indexOf('verdict'));
  expect(text).toContain(VERDICTS.information);
  expect(lines.some((line) => line.endsWith(' '))).toBe(false);
});
