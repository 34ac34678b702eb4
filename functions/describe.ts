import * as z from 'zod';
import { SERVED } from '../description/served.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { compressedReply } from '../lib/http/compressed.ts';
import { openQuery } from '../lib/http/route.ts';
import type { Guard, HttpHandler } from '../lib/http/serve.ts';
import { entry } from '../lib/runtime/entry.ts';
import { choice } from '../lib/wire/fields.ts';
import { ok } from '../lib/wire/refusal.ts';

/** A description changes with a deployment: whoever has one asks again after some minutes. */
const HEADERS = { 'Cache-Control': 'public, max-age=300' };

/** Describes the API to everybody, with amounts as JSON numbers or as strings of digits. */
export const getOpenApi = openQuery({
  route: 'GET /openapi.json',
  input: z.strictObject({ amounts: choice(['number', 'string'], 'number') }),
  answer: (_deps, { amounts }) => Promise.resolve(ok(SERVED.openapi[amounts])),
  render: (file, event) => compressedReply(event, file, HEADERS),
});

/** Describes the events to everybody. */
export const getEventSchemas = openQuery({
  route: 'GET /events.json',
  input: z.strictObject({}),
  answer: () => Promise.resolve(ok(SERVED.events)),
  render: (file, event) => compressedReply(event, file, HEADERS),
});

/** Makes the handler of both routes. */
function createShow(deps: Pick<Guard, 'apiKeys'>): HttpHandler {
  const [openApi, eventSchemas] = [getOpenApi(deps), getEventSchemas(deps)];
  return (event, context) => (event.rawPath === '/events.json' ? eventSchemas : openApi)(event, context);
}

export const show = entry(apiKeys)(createShow);
