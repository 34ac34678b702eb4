/** The largest 64-bit integer: the largest amount, balance and id. */
export const MAX = 2n ** 63n - 1n;

/** A UUID, in lower case, and nothing else. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * For `vi.waitFor` and `vi.waitUntil`, in milliseconds: how long to wait for what is sure to come, and how often to look.
 * A test that works waits for a fraction of it, and a machine that is twenty times as slow still has enough.
 */
export const PATIENCE = { timeout: 90_000, interval: 20 };
