/** A change of one file. The text must occur exactly once, or the mutant no longer applies. */
interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A known bug, put back on purpose. */
export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
}

const READS = 'lib/settle/reads.ts';
const SETTLE_PENDING = 'lib/settle/settle-pending.ts';
const OWN_LOCK = 'WHERE id = ANY (${array(walletIds)}::bigint[]) ORDER BY id FOR NO KEY UPDATE`;';

const withoutStatus: readonly Patch[] = [
  {
    file: READS,
    find: "WHERE wallet_id = named.id AND status = 'new' ORDER BY id",
    replace: 'WHERE wallet_id = named.id ORDER BY id',
  },
  {
    file: READS,
    find: " AND status = 'new'\n        ORDER BY wallet_id, id",
    replace: '\n        ORDER BY wallet_id, id',
  },
  {
    file: 'lib/settle/writes.ts',
    find: "WHERE operations.id = decided.id AND operations.status = 'new'`",
    replace: 'WHERE operations.id = decided.id`',
  },
];

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no row lock',
    patches: [
      {
        file: READS,
        find: OWN_LOCK,
        replace: 'WHERE id = ANY (${array(walletIds)}::bigint[]) ORDER BY id`;',
      },
      { file: READS, find: ' FOR NO KEY UPDATE SKIP LOCKED', replace: '' },
    ],
  },
  { name: 'status not checked on settle', patches: withoutStatus },
  {
    name: 'status not checked on settle, nor by a trigger',
    patches: [
      ...withoutStatus,
      {
        file: 'migrations/0001_ledger.sql',
        find: "FOR EACH ROW WHEN (OLD.status <> 'new') EXECUTE FUNCTION refuse_change()",
        replace: 'FOR EACH ROW WHEN (false) EXECUTE FUNCTION refuse_change()',
      },
    ],
  },
  {
    name: 'credit leg outside the transaction',
    patches: [
      {
        file: SETTLE_PENDING,
        find: '    insertLegs(tx, decisions),\n',
        replace: '    Promise.resolve<MadeLeg[]>([]),\n',
      },
      {
        file: SETTLE_PENDING,
        find: 'return { succeeded, declined, legs, events, after, isFull };',
        replace:
          'return { succeeded, declined, legs, events, after, isFull: false, decisions: decided.decisions } as SettleReport;',
      },
      {
        file: 'lib/settle/processor.ts',
        find: '      await following.start(settled);',
        replace:
          '      const late = await insertLegs(deps.sql, (settled as any).decisions ?? []);\n' +
          '      await following.start({ ...settled, legs: late });',
      },
      {
        file: 'lib/settle/processor.ts',
        find: "import { settlePending } from './settle-pending.ts';",
        replace:
          "import { settlePending } from './settle-pending.ts';\nimport { insertLegs } from './writes.ts';",
      },
    ],
  },
  {
    name: 'converted amount with the original currency',
    patches: [{ file: 'lib/ledger/leg.ts', find: 'amount: debit.amount,', replace: 'amount: taken,' }],
  },
  {
    name: 'debit rounded down',
    patches: [
      {
        file: 'lib/ledger/decide.ts',
        find: "convert(amount, from.rate, to.rate, 'up')",
        replace: "convert(amount, from.rate, to.rate, 'down')",
      },
    ],
  },
  {
    name: 'message sent before commit with no relay',
    patches: [
      {
        file: 'lib/http/route.ts',
        find: 'return { result, reply: toStored(result, definition.payload) };',
        replace:
          'const isEarly = result.ok && (result.value as any)?.eventId === undefined;\n' +
          '        if (isEarly) await definition.afterCommit?.(deps, result.value).catch(() => {});\n' +
          '        return { result, reply: toStored(result, definition.payload) };',
      },
      {
        file: 'lib/http/route.ts',
        find: '      await afterCommit?.(deps, result.value);\n    } catch',
        replace:
          '      if ((result.value as any)?.eventId !== undefined) await afterCommit?.(deps, result.value);\n    } catch',
      },
      {
        file: 'lib/settle/relay.ts',
        find: 'const wakeUps = await runTx(sql, (tx) => claimPending(tx, idleSeconds));',
        replace: 'const wakeUps: WakeUp[] = [];',
      },
    ],
  },
  {
    name: 'idempotency key stored after the commit',
    patches: [
      {
        file: 'lib/postgres/idempotency.ts',
        find: 'return await runTx(sql, async (tx): Promise<Once<T>> => {\n    const claimed',
        replace:
          'const kept = await sql`SELECT FROM idempotency_keys WHERE api_key_id = ${apiKeyId}::uuid AND key = ${key}`;\n' +
          '  if (kept.count > 0) return await replay(sql, owned, print);\n' +
          '  const done = await runTx(sql, work);\n' +
          '  await sql`\n' +
          '    INSERT INTO idempotency_keys (api_key_id, key, fingerprint, status, body)\n' +
          '    VALUES (${apiKeyId}::uuid, ${key}, ${print}, ${done.reply.status}, ${done.reply.body}) ON CONFLICT DO NOTHING`;\n' +
          "  return { outcome: 'done', value: done };\n" +
          '  return await runTx(sql, async (tx): Promise<Once<T>> => {\n    const claimed',
      },
    ],
  },
  {
    name: 'wallets locked in arrival order',
    patches: [
      {
        file: READS,
        find: OWN_LOCK,
        replace:
          'WHERE id = ANY (${array(walletIds)}::bigint[])\n' +
          '    ORDER BY array_position(${array(walletIds)}::bigint[], id) FOR NO KEY UPDATE`;',
      },
    ],
  },
];
