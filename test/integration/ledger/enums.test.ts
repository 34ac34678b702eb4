import { expect, test } from 'vitest';
import {
  DECLINE_REASONS,
  HOLD_STATUSES,
  LEGS,
  OPERATION_STATUSES,
  OPERATION_TYPES,
} from '../../../lib/ledger/leg.ts';
import { testDatabase } from '../../support/system/database.ts';

const { sql } = await testDatabase();

test.each([
  ['decline_reason', DECLINE_REASONS],
  ['hold_status', HOLD_STATUSES],
  ['operation_leg', LEGS],
  ['operation_status', OPERATION_STATUSES],
  ['operation_type', OPERATION_TYPES],
])("the database's enum %s has the values that the code knows", async (type, values) => {
  const [row] = await sql<{ labels: string }[]>`
    SELECT array_to_json(enum_range(NULL::${sql.unsafe(type)}))::text AS labels`;
  expect(JSON.parse(row?.labels ?? 'null')).toEqual(values);
});
