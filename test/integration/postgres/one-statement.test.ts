import { describe, expect, test } from 'vitest';
import { forOneStatement } from '../../../lib/postgres/statement.ts';
import { testDatabase } from '../../support/system/database.ts';

const REFUSED = /a second statement outside of a transaction/;

describe('a pool for one statement', async () => {
  const { sql } = await testDatabase();

  test('runs one, whatever parts it is made of', async () => {
    const one = forOneStatement(sql);
    const columns = one`1 AS a, ${one`2`} AS b`;
    const rows = await one`SELECT ${columns}, ${3}::int AS ${one('c')}`;
    expect(rows).toMatchObject([{ a: 1, b: 2, c: 3 }]);
  });

  test.each([
    ['a second one', (one: ReturnType<typeof forOneStatement>) => one`SELECT 2`],
    ['a second one as text', (one: ReturnType<typeof forOneStatement>) => one.unsafe('SELECT 2')],
  ])('refuses %s', async (_what, second) => {
    const one = forOneStatement(sql);
    await one`SELECT 1`;
    await expect(second(one)).rejects.toThrow(REFUSED);
  });

  test('refuses a second one at the same time', async () => {
    const one = forOneStatement(sql);
    const both = await Promise.allSettled([one`SELECT 1`, one`SELECT 2`]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  test('leaves the pool itself as it is', async () => {
    forOneStatement(sql);
    await sql`SELECT 1`;
    await sql`SELECT 2`;
  });
});
