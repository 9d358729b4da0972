// A whole check as plain text, for an issue or a notebook.
import type { EvidenceReport } from '../../protocol/messages.ts';
import {
  againstName,
  circumstances,
  pathName,
  placeOf,
  quantityName,
  readableFigure,
  shapeOf,
  verdictOf,
  verdictSentence,
} from './evidenceWords.ts';

export function evidenceText(report: EvidenceReport, checkedAt: Date): string {
  const { groups, parity, gradientTolerance, seconds } = report;
  const about = circumstances(report).map(([name, words]) => `${name}: ${words}`);
  return [
    `Glassbox evidence, ${checkedAt.toISOString()}, ${seconds.toFixed(1)} s`,
    verdictSentence(report),
    '',
    ...about,
    '',
    `Gradient against central differences in float64 (relative error at most ${gradientTolerance}):`,
    ...aligned([
      ['group', 'shape', 'checked', 'max. rel. error', 'at', 'gradient', 'difference', 'verdict'],
      ...groups.map((group) => [
        group.name,
        shapeOf(group.shape),
        `${group.checked}/${group.elements}`,
        readableFigure(group.maxRelativeError),
        placeOf(group),
        readableFigure(group.worst.analytic),
        readableFigure(group.worst.numeric),
        group.passed ? 'passed' : 'failed',
      ]),
    ]),
    '',
    'The same numbers computed in two ways (largest difference relative to the largest value):',
    ...aligned([
      ['numbers', 'computed', 'against', 'count', 'deviation', 'at most', 'verdict'],
      ...parity.map((figure) => [
        quantityName(figure),
        pathName(figure),
        againstName(figure),
        String(figure.count),
        readableFigure(figure.deviation),
        figure.tolerance === null ? '–' : String(figure.tolerance),
        verdictOf(figure),
      ]),
    ]),
    '',
  ].join('\n');
}

/** Rows whose columns begin at the same place. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
