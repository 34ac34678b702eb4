import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { apiKeys } from '../lib/access/caller.ts';
import { compressedReply } from '../lib/http/compressed.ts';
import { refusalReply } from '../lib/http/reply.ts';
import { refuseQuery } from '../lib/http/request.ts';
import { type Guard, type HttpHandler, serveEveryone } from '../lib/http/serve.ts';
import { entry } from '../lib/runtime/entry.ts';
import { PAGE_FILES } from '../reference/files.ts';

/** The page takes files and sends requests from and to its own system alone; nothing may stand in it, and it stands in nothing. */
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

/** The page names its files by their hashes, so it is asked for each time, and they never change. */
const PAGE_HEADERS = {
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': CONTENT_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
};
const FILE_HEADERS = { 'Cache-Control': 'public, max-age=31536000, immutable' };

/** Makes what shows everybody the reference of the API: the page, and its script and style. */
export const getDocs = ({ apiKeys }: Pick<Guard, 'apiKeys'>): HttpHandler =>
  serveEveryone(apiKeys, (event) => Promise.resolve(docsReply(event)));

function docsReply(event: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2 {
  const query = refuseQuery(event);
  if (!query.ok) return refusalReply(query.refusal);
  const name = event.pathParameters?.['file'];
  if (name === undefined) return compressedReply(event, PAGE_FILES.page, PAGE_HEADERS);
  const file = Object.hasOwn(PAGE_FILES.files, name) ? PAGE_FILES.files[name] : undefined;
  if (file !== undefined) return compressedReply(event, file, FILE_HEADERS);
  return refusalReply({ code: 'route_not_found', error: 'the docs page has no such file' });
}

export const show = entry(apiKeys)(getDocs);
