import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { read } from './client.ts';

/** The header line of an API key, if there is one. */
export const authorization = (key: string | undefined): string[] =>
  key === undefined ? [] : ['Authorization', `Bearer ${key}`];

/** A POST whose header lines may repeat, and whose body is exactly these bytes. */
export async function rawPost(url: string, lines: readonly string[], content: string | Buffer) {
  const { host } = new URL(url);
  const headers = ['Host', host, 'Content-Length', String(Buffer.byteLength(content)), ...lines];
  const sent = request(url, { method: 'POST', headers });
  sent.end(content);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, payload: read(await text(response)).payload };
}
