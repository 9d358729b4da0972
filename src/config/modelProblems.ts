// Switches and sizes of a model that contradict each other, each with the nearest that do not.
import type { ConfigProblem } from './configProblem.ts';
import { inWords } from './inWords.ts';
import { WIDTHS, type ModelConfig, type RunConfig } from './runConfig.ts';
import { withModel } from './withSettings.ts';

/** @returns at most one problem of each field, first the one to fix first */
export function modelProblems(config: RunConfig): ConfigProblem[] {
  return [widthProblem, keyValueProblem, bandProblem, dropoutPlaceProblem].flatMap((find) => find(config) ?? []);
}

/** What the width must be a multiple of: it is divided among the heads, and some positions take its entries in pairs. */
function widthUnit({ nHead, positions }: ModelConfig): number {
  if (positions === 'rotary') return 2 * nHead;
  return positions === 'sinusoidal' && nHead % 2 === 1 ? 2 * nHead : nHead;
}

function widthProblem(config: RunConfig): ConfigProblem | undefined {
  const { nEmbd, nHead } = config.model;
  const unit = widthUnit(config.model);
  if (nEmbd % unit === 0) return undefined;
  const fewest = Math.ceil(WIDTHS.min / unit);
  const most = Math.floor(WIDTHS.max / unit);
  const nearest = Math.min(most, Math.max(fewest, Math.round(nEmbd / unit))) * unit;
  return {
    field: 'model.nEmbd',
    message: widthSentence(nEmbd, nHead, config.model.positions),
    fix: { label: `Use a width of ${inWords(nearest)}`, config: withModel(config, { nEmbd: nearest }) },
  };
}

function widthSentence(nEmbd: number, nHead: number, positions: ModelConfig['positions']): string {
  if (nEmbd % nHead !== 0) {
    return `A width of ${inWords(nEmbd)} can’t be divided among ${nHead} heads: ${inWords(nEmbd)} ÷ ${nHead} is not a whole number.`;
  }
  return positions === 'rotary'
    ? `Rotary positions need an even head size, but ${nHead} heads at a width of ${inWords(nEmbd)} have a head size of ${nEmbd / nHead}.`
    : `Sinusoidal positions are pairs of sine and cosine and need an even width, but ${inWords(nEmbd)} is odd.`;
}

function keyValueProblem(config: RunConfig): ConfigProblem | undefined {
  const { nHead, nKeyValueHead } = config.model;
  if (nKeyValueHead === 0 || nHead % nKeyValueHead === 0) return undefined;
  const nearest = nearestDivisor(nHead, nKeyValueHead);
  return {
    field: 'model.nKeyValueHead',
    message:
      nKeyValueHead > nHead
        ? `${nKeyValueHead} key/value heads are more than the ${nHead} heads of this model.`
        : `${nHead} heads can’t be divided among ${nKeyValueHead} key/value heads: ${nHead} ÷ ${nKeyValueHead} is not a whole number.`,
    fix: {
      label: `Use ${nearest} key/value head${nearest === 1 ? '' : 's'}`,
      config: withModel(config, { nKeyValueHead: nearest }),
    },
  };
}

/** The divisor of a whole number that is nearest to a wish; of two equally near, the greater. */
export function nearestDivisor(of: number, wish: number): number {
  let nearest = of;
  for (let divisor = of; divisor >= 1; divisor--) {
    if (of % divisor === 0 && Math.abs(divisor - wish) < Math.abs(nearest - wish)) nearest = divisor;
  }
  return nearest;
}

function bandProblem(config: RunConfig): ConfigProblem | undefined {
  const { band, contextLength } = config.model;
  if (band <= contextLength) return undefined;
  return {
    field: 'model.band',
    message: `A local attention window of ${inWords(band)} tokens is longer than the context of ${inWords(contextLength)}.`,
    fix: { label: `Use a window of ${inWords(contextLength)}`, config: withModel(config, { band: contextLength }) },
  };
}

function dropoutPlaceProblem(config: RunConfig): ConfigProblem | undefined {
  const { dropoutAfterNorm, normPlacement } = config.model;
  if (!dropoutAfterNorm || normPlacement === 'post') return undefined;
  return {
    field: 'model.dropoutAfterNorm',
    message: 'Dropout after the norm needs post-norm: with pre-norm, no norm follows the residual sum.',
    fix: { label: 'Drop before the residual sum', config: withModel(config, { dropoutAfterNorm: false }) },
  };
}
