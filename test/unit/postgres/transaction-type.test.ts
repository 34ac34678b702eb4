import { describe, expectTypeOf, test } from 'vitest';
import type { Command } from '../../../lib/http/route.ts';
import type { runTx, runTxOnce, Sql, Statements, Tx } from '../../../lib/postgres/database.ts';
import type { forOneStatement } from '../../../lib/postgres/statement.ts';
import type { Result } from '../../../lib/wire/refusal.ts';

// tsc holds these, as part of `npm run check`.
describe('a transaction', () => {
  test('is no pool, nor what runs one statement: neither fits where several statements need one', () => {
    expectTypeOf<Sql>().not.toExtend<Tx>();
    expectTypeOf<Statements>().not.toExtend<Tx>();
    expectTypeOf<ReturnType<typeof forOneStatement>>().not.toExtend<Tx>();
    expectTypeOf<Tx>().not.toExtend<Sql>();
  });

  test('runs one statement as well as a pool does', () => {
    expectTypeOf<Sql>().toExtend<Statements>();
    expectTypeOf<Tx>().toExtend<Statements>();
  });

  test('is what work in a transaction gets', () => {
    expectTypeOf<Parameters<Parameters<typeof runTx>[1]>[0]>().toEqualTypeOf<Tx>();
    expectTypeOf<Parameters<Parameters<typeof runTxOnce>[1]>[0]>().toEqualTypeOf<Tx>();
  });
});

describe('a command', () => {
  type OfTwo = Command<object, object, number>;
  const several = (_tx: Tx): Promise<Result<number>> => Promise.reject(new Error('never called'));

  test('of several statements does not compile as one of a single statement', () => {
    expectTypeOf<typeof several>().not.toExtend<NonNullable<OfTwo['execute']>>();
    expectTypeOf<typeof several>().toExtend<NonNullable<OfTwo['transact']>>();
  });
});
