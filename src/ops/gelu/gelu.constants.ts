// The numbers of GELU's tanh form, written as x · sigmoid(SLOPE · (x + CUBIC · x³)).

/** 2·√(2/π). */
export const SLOPE = 1.5957691216057308;
export const CUBIC = 0.044715;
