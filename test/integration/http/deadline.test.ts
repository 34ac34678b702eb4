import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import { PUBLIC } from '../../../lib/access/caller.ts';
import { command, query } from '../../../lib/http/route.ts';
import { ok } from '../../../lib/wire/refusal.ts';
import { PATIENCE, UUID } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';

/** Longer than any of the requests below may take. */
const LATE_SECONDS = 2;
const REMAINING_MS = 500;

const OUT_OF_TIME = {
  code: 'out_of_time',
  error:
    'the request ran out of time, and may have been done: try again, with the same Idempotency-Key if it is a POST',
};

const { sql } = await testDatabase();
const deps = { sql, apiKeys: 'off' } as const;

test('a request that is out of time is answered 503 in the envelope, before Lambda ends the function', async () => {
  const late = query({
    route: 'GET /test',
    scope: PUBLIC,
    input: z.strictObject({}),
    answer: async () => ok(await sql`SELECT pg_sleep(${LATE_SECONDS})::text`),
  });
  const reply = await call(late(deps), { route: 'GET /late', remainingMs: REMAINING_MS });
  expect([reply.status, reply.payload]).toEqual([503, OUT_OF_TIME]);
  expect(reply.headers['x-correlation-id']).toMatch(UUID);
});

test('what it did all the same is done once: the same Idempotency-Key gives its reply', async () => {
  const late = command({
    route: 'POST /test',
    scope: 'wallets:write',
    input: z.strictObject({ Name: z.string() }),
    transact: async (tx, { Name }) => {
      await tx`SELECT pg_sleep(${LATE_SECONDS})::text`;
      await tx`INSERT INTO currencies (name, rate) VALUES (${Name}, 1)`;
      return ok(Name);
    },
    payload: (Name) => ({ Name }),
  });
  const asked = { body: { Name: 'LATE' }, headers: { 'Idempotency-Key': 'late' } };
  const first = await call(late(deps), { ...asked, remainingMs: REMAINING_MS });
  expect([first.status, first.payload]).toEqual([503, OUT_OF_TIME]);
  await vi.waitUntil(async () => (await sql`SELECT FROM idempotency_keys`).length > 0, PATIENCE);
  const again = await call(late(deps), asked);
  expect([again.status, again.payload, again.headers['idempotency-replayed']]).toEqual([
    200,
    { Name: 'LATE' },
    'true',
  ]);
  expect(await sql`SELECT FROM currencies WHERE name = 'LATE'`).toHaveLength(1);
});
