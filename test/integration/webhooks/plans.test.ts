import { describe, expect, test } from 'vitest';
import { openExplained, plansOf, readsOf, readTooMuch } from '../../support/explain.ts';
import { testDatabase } from '../../support/system/database.ts';
import { countAsEmptied, countRows, keepStatistics } from '../../support/system/statistics.ts';
import { walletCreated, webhookSystem } from '../../support/webhooks/webhook-system.ts';

const TABLES = ['webhook_messages', 'webhook_deliveries'];

/** Deliveries of another webhook that are not due. */
const OTHERS = 5_000;

/** Rows that a step may read to post one event to one webhook, and to note what came of it. */
const MAX_ROWS = 10;

describe.each([
  ['of when all was posted', countRows],
  ['of tables that were just emptied', countAsEmptied],
] as const)('the statements of webhooks, by statistics %s,', (_, count) => {
  test.each(['force_custom_plan', 'force_generic_plan'] as const)(
    'read the deliveries that are due and no others (%s)',
    async (mode) => {
      const { sql, url } = await testDatabase();
      await keepStatistics(sql, TABLES);
      const explained = await openExplained(url, mode);
      const { hook, deliver, work, relay } = webhookSystem(explained);
      const other = await hook(() => 200, { EventTypes: ['HoldChanged'] });
      const receiver = await hook(() => 200, { EventTypes: ['WalletCreated'] });
      await deliver('WalletCreated', walletCreated(1));
      await work();
      await count(sql, TABLES);
      await sql`
        INSERT INTO webhook_messages (id, type, body)
        SELECT 'event-' || 1_000_000 + n, 'HoldChanged', '{}' FROM generate_series(1, ${OTHERS}::int) AS n`;
      await sql`
        INSERT INTO webhook_deliveries (message_id, webhook_id, next_at)
        SELECT 'event-' || 1_000_000 + n, ${other.id}, now() + interval '1 hour' FROM generate_series(1, ${OTHERS}::int) AS n`;
      const plans = await plansOf(explained, async () => {
        await deliver('WalletCreated', walletCreated(2));
        await work();
        await relay();
      });
      expect(receiver.ids()).toEqual(['event-1', 'event-2']);
      const reads = readsOf(plans).filter(({ table }) => TABLES.includes(table ?? ''));
      expect(new Set(reads.map(({ table }) => table))).toEqual(new Set(TABLES));
      expect(readTooMuch(reads, MAX_ROWS)).toEqual([]);
    },
  );
});
