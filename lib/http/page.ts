import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { compressedReply } from './compressed.ts';
import type { PageFiles } from './page-files.ts';
import { refusalReply } from './reply.ts';
import { refuseQuery } from './request.ts';
import { type Guard, type HttpHandler, serveEveryone } from './serve.ts';

/** A page takes files and sends requests from and to its own system alone; nothing may stand in it, and it stands in nothing. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A page names its files by their hashes, so it is asked for each time, and they never change. */
const PAGE_HEADERS = {
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': CONTENT_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
};
const FILE_HEADERS = { 'Cache-Control': 'public, max-age=31536000, immutable' };

/**
 * Makes what shows everybody a page and its files, by the path's `{file}`.
 *
 * @param noSuchFile the sentence for a file that the page has not
 */
export const servePage = (
  { apiKeys }: Pick<Guard, 'apiKeys'>,
  files: PageFiles,
  noSuchFile: string,
): HttpHandler => serveEveryone(apiKeys, (event) => Promise.resolve(replyWith(event, files, noSuchFile)));

function replyWith(
  event: APIGatewayProxyEventV2,
  { page, files }: PageFiles,
  noSuchFile: string,
): APIGatewayProxyStructuredResultV2 {
  const query = refuseQuery(event);
  if (!query.ok) return refusalReply(query.refusal);
  const name = event.pathParameters?.['file'];
  if (name === undefined) return compressedReply(event, page, PAGE_HEADERS);
  const file = Object.hasOwn(files, name) ? files[name] : undefined;
  if (file !== undefined) return compressedReply(event, file, FILE_HEADERS);
  return refusalReply({ code: 'route_not_found', error: noSuchFile });
}
