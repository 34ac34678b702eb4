/** The largest id of a wallet or an operation: that of a signed 64-bit integer. */
export const MAX_ID = 9_223_372_036_854_775_807n;

/** Stands where the id of a transaction would, if nothing was recorded. */
export const NO_TRANSACTION = '00000000-0000-0000-0000-000000000000';
