import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { verified } from './verified.ts';

/** A post as a receiver got it. */
export interface Got {
  readonly id: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What the specification's library read, if the signature is right. */
  readonly payload: unknown;
  readonly isRight: boolean;
}

/** What a receiver answers: a status, with a body or headers if it wants; `hang` for nothing at all. */
export type Answer =
  | number
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | 'hang';

/** A receiver of webhooks, which checks signatures by the specification's own library. */
export async function startReceiver(answerOf: (got: Got) => Answer = () => 204) {
  const secrets: string[] = [];
  const got: Got[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const read = verified(secrets, body, request.headers);
    const each: Got = {
      ...{
        id: String(request.headers['webhook-id']),
        path: request.url ?? '',
        headers: request.headers,
        body,
      },
      ...{ payload: read?.payload, isRight: read !== undefined },
    };
    got.push(each);
    const answer = answerOf(each);
    if (answer === 'hang') return;
    const { status, body: reply, headers } = typeof answer === 'number' ? { status: answer } : answer;
    response.writeHead(status, headers).end(reply);
  };
  const server = createServer((request, response) => {
    // A sender that gave up.
    take(request, response).catch(() => {});
  });
  server.listen({ port: 0, host: LOOPBACK });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${LOOPBACK}:${port}/hook`,
    got,
    /** Secrets of which one has to be right. */
    secrets,
    ids: () => got.map(({ id }) => id),
    stop: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
