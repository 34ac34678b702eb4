import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordExamples } from '../../support/description/record.ts';
import { testDatabase } from '../../support/system/database.ts';

const FILE = join(import.meta.dirname, '../../../description/examples.json');

const { sql } = await testDatabase();

test('the examples of the description are what a running system answers (vitest -u records them anew)', async () => {
  const examples = await recordExamples(sql);
  await expect(`${JSON.stringify(examples, null, 2)}\n`).toMatchFileSnapshot(FILE);
});
