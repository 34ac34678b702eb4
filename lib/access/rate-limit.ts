import type { Statements } from '../postgres/database.ts';
import type { Refusal } from '../wire/refusal.ts';

/** The most requests a second that a limit can name: beyond it one row is the bottleneck. */
export const MAX_REQUESTS_PER_SECOND = 10_000;

/** Seconds' worth of requests that a caller may make at once after a pause. */
const BURST_SECONDS = 1;

/**
 * Seconds that a caller over its limit is told to wait: the time until the next request fits is a request's share of a
 * second at most, and Retry-After takes whole seconds.
 */
export const RETRY_AFTER_SECONDS = 1;

export const TOO_MANY: Refusal = {
  code: 'too_many_requests',
  error: 'this API key makes more requests a second than it may: wait as long as Retry-After says',
};

/**
 * Counts a request against a key's limit, on the database's clock, so that it holds over all Lambda instances. It is the
 * generic cell rate algorithm in its virtual scheduling form (ITU-T I.371, annex A): `next_at` is when the requests so
 * far would have been made at the even rate; a request fits if that is not too far ahead, and moves it on by its share.
 *
 * @param limit requests a second, 1 to {@link MAX_REQUESTS_PER_SECOND}
 * @returns whether it fits; one that does not costs nothing of the limit
 */
export async function takeTurn(sql: Statements, apiKeyId: string, limit: number): Promise<boolean> {
  const share = 1 / limit;
  const { count } = await sql`
    INSERT INTO api_key_limits AS limits (api_key_id, next_at)
    VALUES (${apiKeyId}::uuid, clock_timestamp() + make_interval(secs => ${share}))
    ON CONFLICT (api_key_id) DO UPDATE
    SET next_at = greatest(limits.next_at, clock_timestamp()) + make_interval(secs => ${share})
    WHERE limits.next_at <= clock_timestamp() + make_interval(secs => ${BURST_SECONDS - share})`;
  return count === 1;
}
