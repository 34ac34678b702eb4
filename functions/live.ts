import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { openQuery } from '../lib/http/route.ts';
import { entry } from '../lib/runtime/entry.ts';
import { ok } from '../lib/wire/refusal.ts';

/** Answers everybody that functions run. It touches no database: whoever asks for it can't keep a paused one awake. */
export const getLive = openQuery({
  route: 'GET /live',
  input: z.strictObject({}),
  answer: () => Promise.resolve(ok({ Status: 'ok' })),
});

export const check = entry(apiKeys)(getLive);
