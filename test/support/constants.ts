/** The largest 64-bit integer: the largest amount, balance and id. */
export const MAX = 2n ** 63n - 1n;

/** A UUID, in lower case, and nothing else. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The id of version 7 behind which none comes. */
export const LAST_ID = 'ffffffff-ffff-7fff-bfff-ffffffffffff';

/** A time in a reply: RFC 3339 in UTC, with six digits after the point. */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/**
 * For `vi.waitFor` and `vi.waitUntil`, in milliseconds: how long to wait for what is sure to come, and how often to look.
 * A test that works waits for a fraction of it, and a machine that is twenty times as slow still has enough.
 */
export const PATIENCE = { timeout: 90_000, interval: 20 };
