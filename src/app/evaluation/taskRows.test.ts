// Tasks as tables, charts and CSV show them.
import { describe, expect, it } from 'vitest';
import type { EvaluationReport, ShotAccuracy, TaskReport } from '../../protocol/messages.ts';
import { evaluationCsv } from './evaluationCsv.ts';
import { accuracyWith, measuredAt, shotChoices, shotColumns, tasksByKind, variantsOf } from './taskRows.ts';

const shot = (shots: number, correct: number): ShotAccuracy => ({
  shots,
  correct,
  asked: 8,
  low: 0.1,
  high: 0.9,
  shown: [],
});
const task = (name: string, kind: string, variant: string, byShots: readonly ShotAccuracy[]): TaskReport => ({
  name,
  kind,
  variant,
  drawn: 40,
  known: 10,
  constantAnswer: 0.25,
  byShots,
});
const TASKS = [
  task('plus-1', 'Addition', '1 digit', [shot(0, 2), shot(1, 4), shot(2, 5), shot(3, 6)]),
  task('plus-2', 'Addition', '2 digits', [shot(0, 1), shot(1, 2)]),
  task('minus-1', 'Subtraction', '1, “one” digit', []),
];

describe('tasks', () => {
  it('are shown with no, one or the most examples, where they were asked so', () => {
    const [first, second, third] = TASKS;
    expect(['zero', 'one', 'few'].map((choice) => accuracyWith(first!, choice as 'zero')?.shots)).toEqual([0, 1, 3]);
    expect(accuracyWith(second!, 'few')).toBeUndefined();
    expect(shotChoices(TASKS)).toEqual(['zero', 'one', 'few']);
    expect(shotChoices([second!, third!])).toEqual(['zero', 'one']);
    expect(shotChoices([third!])).toEqual([]);
    expect(shotColumns(TASKS)).toEqual([0, 1, 2, 3]);
  });

  it('stand together by kind, and apart by variant', () => {
    expect(tasksByKind(TASKS).map(({ kind, tasks }) => [kind, tasks.length])).toEqual([
      ['Addition', 2],
      ['Subtraction', 1],
    ]);
    expect(variantsOf([TASKS[0]!, TASKS[1]!, TASKS[0]!])).toEqual(['1 digit', '2 digits']);
  });
});

describe('measuredAt', () => {
  it('names one step, or the first and last', () => {
    expect(measuredAt({ step: 1400, lastStep: 1400 })).toBe('step 1,400');
    expect(measuredAt({ step: 7, lastStep: 12 })).toBe('steps 7–12');
  });
});

describe('evaluationCsv', () => {
  const bin = { predictions: 0, confidence: 0, accuracy: 0 };
  const REPORT: EvaluationReport = {
    step: 7,
    lastStep: 12,
    settings: { heldOut: true, tasks: true, tokens: 64, items: 8, mostShots: 4, seed: 1 },
    heldOut: {
      predictions: 64,
      validationTokens: 900,
      windowLength: 16,
      loss: Math.log(4),
      bitsPerByte: 1.5,
      top1: 0.5,
      top5: 0.75,
      commonestTop1: 0.125,
      commonestTop5: 0.25,
      calibration: [bin, { predictions: 64, confidence: 0.16, accuracy: 0.5 }],
      calibrationError: 0.34,
    },
    tasks: TASKS,
    judged: { sentences: 30, accepted: 0.9, coherent: 0.8, new: 1 },
  };
  const lines = evaluationCsv(REPORT).split('\r\n');

  it('has one figure a row, with the steps it was measured at', () => {
    expect(lines[0]).toBe('first_step,last_step,figure,task,variant,examples,value,low,high,count');
    expect(lines.at(-1)).toBe('');
    for (const line of lines.slice(1, -1)) expect(line.startsWith('7,12,')).toBe(true);
    for (const line of [
      '7,12,perplexity,,,,4,,,64',
      '7,12,top_5_accuracy,,,,0.75,,,64',
      '7,12,calibration_confidence,,,,0.16,0.1,0.2,64',
      '7,12,accuracy,plus-1,1 digit,3,0.75,0.1,0.9,8',
      '7,12,constant_answer_accuracy,plus-2,2 digits,,0.25,,,8',
      '7,12,share_found_in_training_text,minus-1,"1, “one” digit",,0.25,,,40',
      '7,12,judged_coherent,,,,0.8,,,30',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.filter((line) => line.includes('calibration_confidence'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('minus-1'))).toHaveLength(1);
  });

  it('has only rows of what was measured', () => {
    const { judged: _, ...rest } = REPORT;
    expect(evaluationCsv({ ...rest, heldOut: null, tasks: [] }).split('\r\n')).toHaveLength(2);
  });
});
