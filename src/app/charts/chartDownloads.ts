// The charts as files: all rows as CSV, and the plots on screen as one PNG with title and legend.
import { metricSeries } from '../../state/metricSeries.ts';
import type { EvaluationPoint } from '../../protocol/messages.ts';
import { fileStem, saveFile } from '../saveFile.ts';
import { smoothedLoss } from './chartView.ts';
import { metricsCsv } from './metricsCsv.ts';
import type { ThemeColours } from './themeColours.ts';

export interface PictureText {
  readonly title: string;
  readonly subtitle: string;
  /** Coloured words under the title, one per series shown. */
  readonly legend: readonly { readonly label: string; readonly colour: string }[];
}

export function downloadCsv(runName: string, evaluations: readonly EvaluationPoint[], smoothing: number): void {
  const text = metricsCsv(
    {
      step: metricSeries.column('step'),
      loss: metricSeries.column('loss'),
      smoothed: smoothedLoss(smoothing),
      learningRate: metricSeries.column('learningRate'),
      gradientNorm: metricSeries.column('gradientNorm'),
      tokensPerSecond: metricSeries.column('tokensPerSecond'),
    },
    evaluations,
  );
  saveFile(`${fileStem(runName)}-metrics.csv`, new Blob([text], { type: 'text/csv;charset=utf-8' }));
}

/** Puts the canvases found under `root` below one another, the small ones side by side. */
export function downloadPicture(root: HTMLElement, runName: string, text: PictureText, colours: ThemeColours): void {
  const figures = [...root.querySelectorAll<HTMLElement>('[data-chart]')].flatMap((element) => {
    const canvas = element.querySelector('canvas');
    const title = element.closest('figure')?.querySelector('figcaption')?.innerText.replace(/\s+/g, ' ') ?? '';
    return canvas === null ? [] : [{ canvas, title }];
  });
  const main = figures[0]?.canvas;
  if (main === undefined) return;
  const scale = devicePixelRatio;
  const margin = 16 * scale;
  const headHeight = 62 * scale;
  const small = figures.slice(1);
  const rowHeight = Math.max(0, ...small.map(({ canvas }) => canvas.height)) + 24 * scale;
  const perRow = Math.max(1, Math.floor((main.width + margin) / ((small[0]?.canvas.width ?? main.width) + 1)));

  const picture = document.createElement('canvas');
  picture.width = main.width + 2 * margin;
  picture.height = headHeight + main.height + Math.ceil(small.length / perRow) * rowHeight + margin;
  const context = picture.getContext('2d');
  if (context === null) return;
  context.fillStyle = colours.panel;
  context.fillRect(0, 0, picture.width, picture.height);
  context.fillStyle = colours.text;
  context.font = `600 ${15 * scale}px ${colours.font}`;
  context.fillText(text.title, margin, 24 * scale);
  context.font = `${11 * scale}px ${colours.font}`;
  let x = margin;
  for (const { label, colour } of [{ label: text.subtitle, colour: colours.muted }, ...text.legend]) {
    context.fillStyle = colour;
    context.fillText(label, x, 44 * scale);
    x += context.measureText(label).width + 16 * scale;
  }
  context.drawImage(main, margin, headHeight);
  small.forEach(({ canvas, title }, at) => {
    const left = margin + (at % perRow) * ((main.width + margin) / perRow);
    const top = headHeight + main.height + Math.floor(at / perRow) * rowHeight + 8 * scale;
    context.fillStyle = colours.muted;
    context.fillText(title, left + 6 * scale, top + 10 * scale);
    context.drawImage(canvas, left, top + 16 * scale);
  });
  picture.toBlob((blob) => {
    if (blob !== null) saveFile(`${fileStem(runName)}-charts.png`, blob);
  }, 'image/png');
}
