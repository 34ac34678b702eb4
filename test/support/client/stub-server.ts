import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as the stub got it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the stub answers: a reply, or what it does to the connection. */
export type StubReply =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
      readonly text?: string;
    }
  | 'hang'
  | 'hang up'
  | 'cut';

/** A server of the test's own, on a port that the system chose. */
export interface StubServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server that answers the first request with the first reply, and so on; the last one again and again.
 *
 * @param replies or a function of the request
 */
export async function startStub(
  replies: readonly StubReply[] | ((request: SeenRequest) => StubReply),
): Promise<StubServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => {
        const { method = '', url = '', headers } = request;
        const each = { method, url, headers, body };
        seen.push(each);
        const reply = typeof replies === 'function' ? replies(each) : replies[seen.length - 1];
        answer(response, reply ?? (replies as readonly StubReply[]).at(-1) ?? {});
      })
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse, reply: StubReply): void {
  if (reply === 'hang') return;
  if (reply === 'hang up') {
    response.destroy();
    return;
  }
  if (reply === 'cut') {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '500' });
    response.write('{"payload":{"Transaction', () => response.destroy());
    return;
  }
  const { status = 200, headers = {}, body = { payload: {} } } = reply;
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(reply.text ?? JSON.stringify(body));
}
