// Switches and sizes of a model that contradict each other, each with the nearest that do not.
import type { ConfigProblem } from './configProblem.ts';
import { WIDTHS, type ModelConfig, type RunConfig } from './runConfig.ts';
import { withModel } from './withSettings.ts';

/** @returns at most one problem of each field, first the one to fix first */
export function modelProblems(config: RunConfig): ConfigProblem[] {
  return [widthProblem, keyValueProblem, bandProblem, dropoutPlaceProblem].flatMap((find) => find(config) ?? []);
}

/** What the width must be a multiple of: the heads share it, and some positions take its numbers in pairs. */
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
    fix: { label: `Use a width of ${nearest}`, config: withModel(config, { nEmbd: nearest }) },
  };
}

function widthSentence(nEmbd: number, nHead: number, positions: ModelConfig['positions']): string {
  if (nEmbd % nHead !== 0) {
    return `A width of ${nEmbd} cannot be shared equally by ${nHead} heads: ${nEmbd} ÷ ${nHead} is not a whole number.`;
  }
  return positions === 'rotary'
    ? `Rotary positions turn the numbers of a head in pairs, but ${nHead} heads of a width of ${nEmbd} have ${nEmbd / nHead} each, an odd number.`
    : `Sinusoidal positions are pairs of sine and cosine, but a width of ${nEmbd} is odd.`;
}

function keyValueProblem(config: RunConfig): ConfigProblem | undefined {
  const { nHead, nKeyValueHead } = config.model;
  if (nKeyValueHead === 0 || nHead % nKeyValueHead === 0) return undefined;
  const nearest = nearestDivisor(nHead, nKeyValueHead);
  return {
    field: 'model.nKeyValueHead',
    message:
      nKeyValueHead > nHead
        ? `${nKeyValueHead} key and value heads are more than the ${nHead} heads that could use them.`
        : `${nKeyValueHead} key and value heads cannot each serve equally many of ${nHead} heads: ${nHead} ÷ ${nKeyValueHead} is not a whole number.`,
    fix: {
      label: `Use ${nearest} key and value head${nearest === 1 ? '' : 's'}`,
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
    message: `A band of ${band} tokens is wider than the context of ${contextLength}.`,
    fix: { label: `Use a band of ${contextLength}`, config: withModel(config, { band: contextLength }) },
  };
}

function dropoutPlaceProblem(config: RunConfig): ConfigProblem | undefined {
  const { dropoutAfterNorm, normPlacement } = config.model;
  if (!dropoutAfterNorm || normPlacement === 'post') return undefined;
  return {
    field: 'model.dropoutAfterNorm',
    message: 'With pre-norm there is no norm after the residual sum for dropout to follow.',
    fix: { label: 'Drop before the residual sum', config: withModel(config, { dropoutAfterNorm: false }) },
  };
}
