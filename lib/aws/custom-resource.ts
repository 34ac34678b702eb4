import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { describeError, logger } from '../runtime/log.ts';

const customResourceRequest = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url({ protocol: /^https?$/ }),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.record(z.string(), z.unknown()).default({}),
  /** Those before an Update. */
  OldResourceProperties: z.record(z.string(), z.unknown()).default({}),
});

/** What CloudFormation asks of a function that stands behind a resource of a template. */
export type CustomResourceRequest = z.infer<typeof customResourceRequest>;

/** The longest reason: CloudFormation takes 4 KB for the whole answer. */
const MAX_REASON = 500;

/** Tries to answer, the pause before the next in milliseconds (it doubles), and the time limit of each. */
const ATTEMPTS = 5;
const PAUSE_MS = 500;
const ANSWER_LIMIT_MS = 10_000;

/** Milliseconds before the function's end at which the work counts as failed, so that this can still be told. */
const MARGIN_MS = 60_000;

/** Reads a request of CloudFormation; nothing where the event is none. */
export function readCustomResource(event: unknown): CustomResourceRequest | undefined {
  const parsed = customResourceRequest.safeParse(event);
  return parsed.success ? parsed.data : undefined;
}

/**
 * Does the work behind a resource and tells CloudFormation how it ended, whatever happens: without an answer a
 * deployment waits for an hour. Deleting the resource does nothing.
 *
 * @param work what to do on Create and Update; its error's message goes to whoever deploys, so it may hold no secret
 * @param remainingMs until the function's end
 * @param mayFail whether the resource is right even if the work fails: then the answer is success
 * @throws where CloudFormation does not take the answer
 */
export async function answerCustomResource(
  request: CustomResourceRequest,
  work: () => Promise<unknown>,
  remainingMs: number,
  mayFail = false,
): Promise<void> {
  let reason: string | undefined;
  try {
    if (request.RequestType !== 'Delete') await inTime(work, remainingMs - MARGIN_MS);
  } catch (error) {
    logger.error('failed for CloudFormation', { error: describeError(error), answeredWithSuccess: mayFail });
    if (!mayFail) reason = reasonOf(error);
  }
  await put(request.ResponseURL, {
    Status: reason === undefined ? 'SUCCESS' : 'FAILED',
    ...(reason === undefined ? {} : { Reason: reason }),
    // It never changes: another id would have CloudFormation delete the former resource.
    PhysicalResourceId: request.PhysicalResourceId ?? request.LogicalResourceId,
    StackId: request.StackId,
    RequestId: request.RequestId,
    LogicalResourceId: request.LogicalResourceId,
  });
}

async function inTime(work: () => Promise<unknown>, limitMs: number): Promise<void> {
  const timer = new AbortController();
  try {
    await Promise.race([
      work(),
      sleep(Math.max(limitMs, 0), undefined, { signal: timer.signal }).then(() => {
        throw new Error('it takes longer than the function may run');
      }),
    ]);
  } finally {
    timer.abort();
  }
}

/** The first line, without anything that looks like a URL's password. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [line = ''] = text.replace(/(\w+:\/\/)[^\s/@]*@/g, '$1…@').split('\n');
  return `${line.slice(0, MAX_REASON) || 'it failed'} (the function's log says more)`;
}

/** The address is signed for exactly one PUT without a content type. */
async function put(url: string, answer: Readonly<Record<string, string>>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, {
        method: 'PUT',
        headers: { 'content-type': '' },
        body: Buffer.from(JSON.stringify(answer)),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      if (response.ok) return;
      throw new Error(`CloudFormation did not take the answer: HTTP ${response.status}`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      logger.warn('answers CloudFormation again', { error: describeError(error) });
      await sleep(PAUSE_MS * 2 ** attempt);
    }
  }
}
