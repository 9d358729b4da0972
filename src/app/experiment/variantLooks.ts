// How the experiment's models are named, told and drawn: by colour and by dash, so that either alone tells them apart.
import { VARIANT_IDS, type VariantId } from '../../state/experimentVariants.ts';

export interface VariantLook {
  readonly id: VariantId;
  /** Title of its card. */
  readonly name: string;
  /** In legends and tables. */
  readonly short: string;
  /** One sentence. */
  readonly description: string;
  /** Dash pattern in CSS pixels; empty means solid. */
  readonly dash: readonly number[];
  readonly width: number;
}

const LOOKS: Readonly<Record<VariantId, Omit<VariantLook, 'id'>>> = {
  gpt3: {
    name: 'GPT-3’s recipe',
    short: 'GPT-3',
    description:
      'Masked: a token sees only itself and what came before, so every position can be asked for the next token.',
    dash: [],
    width: 2.5,
  },
  'blog-last': {
    name: '(a) Blog model, last position',
    short: '(a) last',
    description:
      'No mask, so only the last position can be asked: one target per window. Sinusoids, post-norm, GELU, Adam.',
    dash: [9, 5],
    width: 2,
  },
  'blog-mean': {
    name: '(b) Blog model, mean of all',
    short: '(b) mean',
    description: 'As (a), with ReLU, and asked from the mean of all positions: still one target per window.',
    dash: [2, 3],
    width: 2,
  },
  'gpt3-unmasked': {
    name: 'GPT-3 without its mask',
    short: 'no mask',
    description: 'The tempting fourth: asked at every position, though each position sees the token it is asked for.',
    dash: [10, 4, 2, 4],
    width: 2,
  },
};

/** In the order of the series' colours. */
export const VARIANT_LOOKS: readonly VariantLook[] = VARIANT_IDS.map((id) => ({ id, ...LOOKS[id] }));
