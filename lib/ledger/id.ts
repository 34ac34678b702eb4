/** The largest id of a wallet or an operation: that of a signed 64-bit integer. */
export const MAX_ID = 9_223_372_036_854_775_807n;
