import type { Scope } from '../access/api-key.ts';
import type { StoredReply } from '../postgres/idempotency.ts';
import { describeError, logger } from '../runtime/log.ts';
import { parseOrUndefined, stringifyJson } from '../wire/json.ts';
import { within } from './deadline.ts';
import { PREFERENCE_APPLIED } from './reply.ts';
import type { RequestContext } from './serve.ts';

/**
 * Milliseconds that a request may take besides its waiting: connecting takes 5 s at most, a statement 9 (the database's limit).
 * It is the timeout of the functions that wait for nobody.
 */
const WORK_MS = 10_000;

/** Milliseconds before a request's end at which it waits no longer, and reads what is known by then. */
const LAST_LOOK_MS = 1_500;

/** Milliseconds before a request's end at which it is answered with what it has: the reply to what was accepted. */
const ANSWER_MS = 500;

/** Milliseconds until a request that may wait for so many seconds is out of time. */
export const workMsOf = (waitSeconds = 0): number => WORK_MS + waitSeconds * 1_000;

/** How an accepted command is waited for. */
export interface Waiting<Deps, Value> {
  /** What a caller's key must be good for besides: that of the GET which tells the same. */
  readonly scope: Scope;
  /**
   * What is waited for, by the payload of the reply.
   *
   * @param value what was accepted; undefined where the reply is repeated
   */
  readonly awaits: (payload: unknown, value: Value | undefined) => Awaited;
  /**
   * Settles it, or waits for whoever does.
   *
   * @param msLeft milliseconds to wait for, by now
   * @returns what is known of it then: the reply's payload, beside the usual one
   */
  readonly settle: (deps: Deps, awaited: Awaited, msLeft: () => number) => Promise<object>;
}

/** A transaction whose end somebody waits for. */
interface Awaited {
  readonly transactionId: string;
  /** The wallet of its first leg, if it was recorded just now. */
  readonly walletId: bigint | undefined;
}

/**
 * Waits until what was accepted is settled, as long as the request prefers and its function may. Whatever fails meanwhile, it
 * stays accepted, and the reply says so.
 *
 * @param reply to what was accepted: status 200
 * @returns the reply with what is known then, or the given one if nothing more is
 */
export async function waited<Deps, Value>(
  { awaits, settle }: Waiting<Deps, Value>,
  deps: Deps,
  reply: StoredReply,
  value: Value | undefined,
  seconds: number,
  { startedMs, endsMs }: Pick<RequestContext, 'startedMs' | 'endsMs'>,
): Promise<{ readonly reply: StoredReply; readonly headers: Record<string, string> }> {
  const { payload } = parseOrUndefined(reply.body) as { readonly payload: object };
  const untilMs = Math.min(startedMs + seconds * 1_000, endsMs - LAST_LOOK_MS);
  try {
    const settled = await within(
      endsMs - ANSWER_MS - performance.now(),
      settle(deps, awaits(payload, value), () => untilMs - performance.now()),
    );
    const body = stringifyJson({ payload: { ...payload, ...settled } });
    return { reply: { ...reply, body }, headers: { [PREFERENCE_APPLIED]: `wait=${seconds}` } };
  } catch (error) {
    logger.warn('not waited for', { error: describeError(error) });
    return { reply, headers: {} };
  }
}

/** What gives a command's payload anew. */
export interface Refreshing<Deps> {
  refresh?(deps: Deps, payload: never): Promise<unknown>;
}

/** A reply with what is known of it by now; as it is, if nothing refreshes it or that fails. */
export async function refreshed<Deps>(
  refreshing: Refreshing<Deps>,
  deps: Deps,
  reply: StoredReply,
): Promise<StoredReply> {
  if (refreshing.refresh === undefined || reply.status !== 200) return reply;
  const { payload } = parseOrUndefined(reply.body) as { readonly payload: never };
  try {
    return { ...reply, body: stringifyJson({ payload: await refreshing.refresh(deps, payload) }) };
  } catch (error) {
    logger.warn('not refreshed', { error: describeError(error) });
    return reply;
  }
}
