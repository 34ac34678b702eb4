import { ConnectionError, TimeoutError, UnexpectedReplyError } from './errors.ts';
import { startTimeLimit, type TimeLimit } from './time-limit.ts';
import { failureOf, open, type PreparedRequest, requestOf, type Sent, type Transport } from './transport.ts';
import { connected, type RequestOptions, TRY_LIMIT_MS, trying } from './tries.ts';

/** A CSV file, which is read once: as pieces of text, or whole. */
export interface ReportFile extends AsyncIterable<string> {
  /** All of it: up to some hundred megabytes. */
  readonly text: () => Promise<string>;
}

const PAGE_SENTENCE =
  'the file is too large for one reply, and a page can not follow to where it is: request shorter periods';

type FileRequest = Sent<'GET /operations/file/{walletId}'>;

/**
 * Opens a file, from the store of large files if it is there. The API key stays with the API: the store's address says all that
 * it wants to know, and gets no header.
 *
 * The time limit is that until the file begins; each piece may then take {@link TRY_LIMIT_MS}.
 *
 * @throws what `send` throws; UnexpectedReplyError in a page, which can't see where a redirect leads
 */
export async function openFile(
  transport: Transport,
  sent: FileRequest,
  options: RequestOptions = {},
): Promise<ReportFile> {
  const request = requestOf(transport, sent, options);
  request.init.headers['Accept'] = 'text/csv, application/json';
  return await trying(transport, request, options, async (signal) => {
    // Until the file begins, the limits of the request count.
    const clock = startTimeLimit(TRY_LIMIT_MS, signal);
    clock.rest();
    try {
      const response = await connected(request, signal, async () => await follow(transport, request, clock));
      if (response.type === 'opaqueredirect') throw new UnexpectedReplyError(PAGE_SENTENCE, {});
      if (response.status === 200 && response.body !== null) {
        if (options.signal !== undefined) clock.follow(options.signal);
        return fileOf(request, response.body, clock, options.signal);
      }
      const text = await connected(request, signal, async () => await response.text());
      throw failureOf(request, { status: response.status, headers: response.headers, text });
    } catch (error) {
      clock.end();
      throw error;
    }
  });
}

/** Opens what the API answers: the file, or where it is. */
async function follow(transport: Transport, request: PreparedRequest, clock: TimeLimit): Promise<Response> {
  const response = await open(transport, request, clock.signal);
  const location = response.headers.get('location');
  if (response.status !== 303 || location === null) return response;
  await response.body?.cancel();
  return await transport.fetch(new URL(location, request.url), { signal: clock.signal });
}

function fileOf(
  request: PreparedRequest,
  body: ReadableStream<Uint8Array>,
  clock: TimeLimit,
  signal: AbortSignal | undefined,
): ReportFile {
  async function* pieces(): AsyncGenerator<string, void, undefined> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    try {
      for (;;) {
        clock.renew();
        const { done, value } = await reader.read();
        clock.rest();
        if (done) break;
        const text = decoder.decode(value, { stream: true });
        if (text !== '') yield text;
      }
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      throw clock.isOver()
        ? new TimeoutError(`${request.name}: no piece within ${TRY_LIMIT_MS} ms`, { cause })
        : new ConnectionError(`${request.name}: the file was cut`, { cause });
    } finally {
      clock.end();
      await reader.cancel().catch(() => {});
    }
  }
  const text = async (): Promise<string> => {
    const read: string[] = [];
    for await (const piece of pieces()) read.push(piece);
    return read.join('');
  };
  return { text, [Symbol.asyncIterator]: pieces };
}
