import type { IncomingMessage } from 'node:http';

/**
 * Reads a request's body to its end, and keeps no more of it than `maxBytes`.
 *
 * @returns undefined for a larger one
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
  }
  return size > maxBytes ? undefined : Buffer.concat(chunks);
}
