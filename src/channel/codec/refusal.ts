/** Thrown, and caught by the encoder, where a value cannot be written exactly. One object: no stack is captured. */
export const REFUSED: { readonly refused: true } = Object.freeze({ refused: true });
