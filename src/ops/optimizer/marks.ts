// What an optimizer does with each block of the flat parameters, as numbers that kernels read.

/** A block's entry in `marks`. */
export const MARK = {
  /** Neither decays nor is a matrix: gains, biases. */
  plain: 0,
  /** Weight decay applies. */
  decays: 1,
  /** Weight decay applies, and Muon orthogonalises its updates; to other optimizers never given. */
  orthogonalised: 2,
} as const;
