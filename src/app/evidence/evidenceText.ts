// A whole check as plain text, for an issue or a notebook.
import type { EvidenceReport } from '../../protocol/messages.ts';
import { REPORT_COPY, VERDICTS } from './evidenceCopy.ts';
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
    REPORT_COPY.title(checkedAt.toISOString(), seconds.toFixed(1)),
    verdictSentence(report),
    '',
    ...about,
    '',
    REPORT_COPY.gradients(gradientTolerance),
    ...aligned([
      REPORT_COPY.gradientColumns,
      ...groups.map((group) => [
        group.name,
        shapeOf(group.shape),
        `${group.checked}/${group.elements}`,
        readableFigure(group.maxRelativeError),
        placeOf(group),
        readableFigure(group.worst.analytic),
        readableFigure(group.worst.numeric),
        VERDICTS[group.passed ? 'passed' : 'failed'],
      ]),
    ]),
    '',
    REPORT_COPY.parity,
    ...aligned([
      REPORT_COPY.parityColumns,
      ...parity.map((figure) => [
        quantityName(figure),
        pathName(figure),
        againstName(figure),
        String(figure.count),
        readableFigure(figure.deviation),
        figure.tolerance === null ? '–' : String(figure.tolerance),
        VERDICTS[verdictOf(figure)],
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
