// Dropout on attention's weights in WGSL: the mask is recomputed wherever a weight is; see `dropout.wgsl.ts`.
import { dropoutFactor, DROPOUT_FUNCTIONS, dropoutStart } from '../dropout/dropout.wgsl.ts';
import type { DropoutSite } from '../dropout/dropoutMask.ts';
import type { HeadShape } from './heads.ts';

export const dropoutDeclarations = (dropout: DropoutSite | undefined): string =>
  dropout ? Object.values(DROPOUT_FUNCTIONS).join('\n') : '';

/** Statement before the loop: the mask's start, from buffer `dropout_key`. */
export const dropoutPrologue = (dropout: DropoutSite | undefined): string =>
  dropout ? `let dropout_start = ${dropoutStart('bitcast<u32>(dropout_key[0])', dropout)};` : '';

/** Expression of where the weights of a query lie in [B, H, T, T]. */
export const weightsOf = ({ nHead, length }: HeadShape, token: string): string =>
  `((group.z * ${nHead}u + group.y) * ${length}u + ${token}) * ${length}u`;

/** Factor of the weight at `index`, as ` * …`; nothing without dropout. */
export const keptFactor = (dropout: DropoutSite | undefined, index: string): string =>
  dropout ? ` * ${dropoutFactor('dropout_start', index, dropout)}` : '';
