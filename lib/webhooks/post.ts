import { promises as dns, type LookupAddress } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { type AddressRule, type Resolve, resolveAddress } from './address.ts';
import type { Post, PostResult } from './queues.ts';

/** Milliseconds for a whole post, from the look at its address to the end of the answer: the specification's suggestion. */
const POST_LIMIT_MS = 15_000;

/**
 * Seconds after its signing at which a message is not posted any more: receivers refuse what is older than five minutes. It is
 * signed again then.
 */
const FRESH_SECONDS = 120;

/** Bytes of an answer that are read and kept: what they say of an error, and no more than that. */
const ANSWER_BYTES = 1_024;

/** Characters of a reason that are kept. The database knows the same number. */
const PROBLEM_CHARACTERS = 200;

/** What posting needs from outside; other things only in tests. */
export interface Outside {
  readonly rule: AddressRule;
  readonly resolve: Resolve;
  /** Makes the connections by https. It must keep none: the next post to the same name may have to go elsewhere. */
  readonly agent: Agent;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly limitMs: number;
}

/** Each answer of the system's resolver, in its order. */
const resolveAll: Resolve = async (host) => await dns.lookup(host, { all: true, verbatim: true });

const agent = new Agent({ keepAlive: false });

export const outsideOf = (rule: AddressRule): Outside => ({
  ...{ rule, resolve: resolveAll, agent, now: Date.now, limitMs: POST_LIMIT_MS },
});

/** Posts a message once. @throws nothing: whatever goes wrong is told in the result */
export async function postOnce(post: Post, outside: Outside): Promise<PostResult> {
  const { webhookId, messageId, post: number, attempt } = post;
  const delivery = { webhookId, messageId, post: number, attempt, status: null, answer: null };
  const begunMs = outside.now();
  if (begunMs / 1_000 - post.signedAt > FRESH_SECONDS)
    return { ...delivery, outcome: 'late', problem: null, durationMs: 0 };
  const signal = AbortSignal.timeout(outside.limitMs);
  try {
    const { status, answer } = await untilAborted(signal, send(post, outside, signal));
    const outcome = status >= 200 && status < 300 ? 'delivered' : 'failed';
    return { ...delivery, outcome, status, answer, problem: null, durationMs: outside.now() - begunMs };
  } catch (error) {
    const problem = signal.aborted ? `no answer within ${outside.limitMs / 1_000} seconds` : reasonOf(error);
    return { ...delivery, outcome: 'failed', problem, durationMs: outside.now() - begunMs };
  }
}

/** A name that is being resolved can't be stopped, only left alone. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it takes too long')), { once: true });
  });
  aborted.catch(() => {});
  work.catch(() => {});
  return await Promise.race([work, aborted]);
}

class AddressError extends Error {}

/** Why a post got no answer, without anything that an attacker inside could learn from. */
function reasonOf(error: unknown): string {
  if (error instanceof AddressError) return error.message.slice(0, PROBLEM_CHARACTERS);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return `no connection, or it broke: ${code}`.slice(0, PROBLEM_CHARACTERS);
}

interface Answer {
  readonly status: number;
  readonly answer: string;
}

/** Connects to one of the addresses that were looked at, whatever the name leads to by now. */
async function send(
  post: Post,
  { rule, resolve, agent: https }: Outside,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(post.address);
  const resolved = await resolveAddress(url, rule, resolve);
  if (resolved.addresses === undefined) throw new AddressError(resolved.problem);
  const body = Buffer.from(post.body);
  const isTls = url.protocol === 'https:';
  const options = {
    method: 'POST',
    headers: {
      ...post.headers,
      'content-type': 'application/json',
      'content-length': body.length,
      'user-agent': 'my-little-ps',
    },
    lookup: lookupIn(resolved.addresses),
    signal,
    // Without TLS there is no pool by default either.
    agent: isTls ? https : (false as const),
  };
  return await new Promise((done, failed) => {
    const request = (isTls ? requestHttps : requestHttp)(url, options, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const end = () => {
        const answer = Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString().replaceAll('\0', '');
        done({ status: response.statusCode ?? 0, answer });
        request.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= ANSWER_BYTES) end();
      });
      response.on('end', end);
      response.on('error', failed);
    });
    request.on('error', failed);
    request.end(body);
  });
}

/** A look-up of Node's that answers what is known already. */
const lookupIn =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_host, { all }, answer) => {
    const [first] = addresses;
    if (all === true || first === undefined) answer(null, [...addresses]);
    else answer(null, first.address, first.family);
  };
