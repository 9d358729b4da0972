// How the experiment's models are named, told and drawn: by colour and by dash, so that either alone tells them apart.
import { VARIANT_IDS, type VariantId } from '../../state/experimentVariants.ts';
import { VARIANT_COPY } from './experimentCopy.ts';

export interface VariantLook {
  readonly id: VariantId;
  /** Title of its card. */
  readonly name: string;
  /** In legends and tables. */
  readonly short: string;
  /** One or two sentences. */
  readonly description: string;
  /** Dash pattern in CSS pixels; empty means solid. */
  readonly dash: readonly number[];
  readonly width: number;
}

const LOOKS: Readonly<Record<VariantId, Pick<VariantLook, 'dash' | 'width'>>> = {
  gpt3: { dash: [], width: 2.5 },
  'blog-last': { dash: [9, 5], width: 2 },
  'blog-mean': { dash: [2, 3], width: 2 },
  'gpt3-unmasked': { dash: [10, 4, 2, 4], width: 2 },
};

/** In the order of the series' colours. */
export const VARIANT_LOOKS: readonly VariantLook[] = VARIANT_IDS.map((id) => ({
  id,
  ...VARIANT_COPY[id],
  ...LOOKS[id],
}));
