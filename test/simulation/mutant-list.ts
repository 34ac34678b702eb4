import { ALERT_MUTANTS } from './mutants-of-alerts.ts';
import { HOLD_MUTANTS } from './mutants-of-holds.ts';
import { LIMIT_MUTANTS } from './mutants-of-limits.ts';
import { LINKED_MUTANTS } from './mutants-of-linked.ts';
import { REFERENCE_MUTANTS } from './mutants-of-references.ts';
import { TRY_OUT_MUTANTS } from './mutants-of-try-outs.ts';
import { WEBHOOK_MUTANTS } from './mutants-of-webhooks.ts';

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

const LOCKS = 'lib/settle/locks.ts';
const WRITES = 'lib/settle/writes.ts';
const SETTLE_PENDING = 'lib/settle/settle-pending.ts';
const ROUTE = 'lib/http/route.ts';
const NAMED = '${array(request.leavesNamed ? [] : request.walletIds)}::bigint[]';
const OWN_LOCK = `WHERE id = ANY (${NAMED}) ORDER BY id FOR NO KEY UPDATE`;

const SKIPS = '${request.skipsLocked ? tx`SKIP LOCKED` : tx``}';

const givenTwice: Patch = {
  file: WRITES,
  find: 'return settled;',
  replace: 'return { ...settled, position: index % 2 === 1 && position > 1n ? position - 1n : position };',
};

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no row lock',
    patches: [
      {
        file: LOCKS,
        find: `${OWN_LOCK}\n      ${SKIPS}`,
        replace: `WHERE id = ANY (${NAMED}) ORDER BY id`,
      },
      { file: LOCKS, find: '        FOR NO KEY UPDATE SKIP LOCKED\n', replace: '' },
    ],
  },
  {
    name: 'no row lock for who waits',
    patches: [
      {
        file: LOCKS,
        find: `FOR NO KEY UPDATE\n      ${SKIPS}`,
        replace: '${request.skipsLocked ? tx`` : tx`FOR NO KEY UPDATE`}',
      },
    ],
  },
  {
    name: 'a row moved without being deleted',
    patches: [
      {
        file: WRITES,
        find: 'DELETE FROM pending_operations AS pending USING ${decided}\n',
        replace:
          'SELECT pending.*, decided.status, decided.reason AS settled_reason, decided.wallet_amount, decided.balance_after,\n' +
          '        decided.currency_rate, decided.wallet_rate, ${left} AS available, decided.position, decided.unlisted, decided.hash\n' +
          '      FROM pending_operations AS pending CROSS JOIN ${decided}\n',
      },
      {
        file: WRITES,
        find:
          '      RETURNING pending.*, decided.status, decided.reason AS settled_reason, decided.wallet_amount, decided.balance_after,\n' +
          '        decided.currency_rate, decided.wallet_rate, ${left} AS available, decided.position, decided.unlisted, decided.hash\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a row deleted without being inserted',
    patches: [
      { file: WRITES, find: '    FROM moved`;', replace: "    FROM moved WHERE status = 'success'`;" },
      {
        file: WRITES,
        find: 'if (count !== operations.length) throw',
        replace: 'if (count > operations.length) throw',
      },
    ],
  },
  { name: 'a position given twice', patches: [givenTwice] },
  {
    name: 'a position given twice, in a journal without its key',
    patches: [
      givenTwice,
      {
        file: 'migrations/0001_schema.sql',
        find: 'ALTER TABLE operations ADD PRIMARY KEY (wallet_id, position);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'expiry overlooked by settling',
    patches: [
      {
        file: SETTLE_PENDING,
        find: '    recordExpiries(tx, wallets, settledAt, layout),\n    loadShares(',
        replace: '    { operations: [], unfinished: new Set<bigint>() },\n    loadShares(',
      },
    ],
  },
  {
    name: 'a hold expired though its capture was accepted',
    patches: [
      {
        file: 'lib/settle/expiries.ts',
        find: '= isOver(tx, tx`${settledAt}::timestamptz`);',
        replace: "= tx`status = 'active' AND expires_at <= ${settledAt}::timestamptz`;",
      },
    ],
  },
  {
    name: 'a hold released without an event',
    patches: [
      {
        file: 'lib/ledger/leg.ts',
        find: "? leg !== 'debit' : leg",
        replace: "? leg !== 'debit' && leg !== 'release' : leg",
      },
    ],
  },
  {
    name: 'a cursor past a row that is not booked yet',
    patches: [
      {
        file: 'lib/reports/operations.ts',
        find: 'position: rows.findLast(({ position }) => position !== null)?.position ?? start,',
        replace: 'position: start + BigInt(rows.length),',
      },
    ],
  },
  {
    name: 'a cursor past a wallet that is not committed yet',
    patches: [
      {
        file: 'lib/wallets/wallets.ts',
        find: '?.isFinal === false',
        replace: '?.isFinal === undefined',
      },
    ],
  },
  {
    name: 'credit leg outside the transaction',
    patches: [
      {
        file: SETTLE_PENDING,
        find: '    insertLegs(tx, decisions, layout.one(tx)),\n',
        replace: '    Promise.resolve<MadeLeg[]>([]),\n',
      },
      {
        file: SETTLE_PENDING,
        find: 'return { locked: wallets.length, succeeded, declined: decisions.length - succeeded, expired, legs, events };',
        replace:
          'return { locked: wallets.length, succeeded, declined: decisions.length - succeeded, expired, legs, events, decisions } as any;',
      },
      {
        file: SETTLE_PENDING,
        find: '    isFull: isFull || unfinished.size > 0 || gathered.isCut,\n',
        replace: '    isFull: false,\n',
      },
      {
        file: 'lib/settle/processor.ts',
        find: '      await following.start(settled);',
        replace:
          '      const late = await insertLegs(deps.sql as any, (settled as any).decisions ?? [], deps.sql`LIMIT 1`);\n' +
          '      await following.start({ ...settled, legs: late });',
      },
      {
        file: 'lib/settle/processor.ts',
        find: "import { type Reading, type SettleReport, settlePending } from './settle-pending.ts';",
        replace:
          "import { type Reading, type SettleReport, settlePending } from './settle-pending.ts';\nimport { insertLegs } from './writes.ts';",
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
    name: 'less than a millionth taken as a whole one',
    patches: [
      {
        file: 'lib/ledger/decide.ts',
        find: "if (convert(amount, from.rate, to.rate, 'down') === 0n) return decline('amount_too_small');\n      const taken",
        replace: 'const taken',
      },
    ],
  },
  ...HOLD_MUTANTS,
  {
    // Any message settles what is pending in its group: without that, only the relay finds what has no message.
    name: 'message sent before commit with no relay, and no others settled with a named wallet',
    patches: [
      {
        file: ROUTE,
        find: 'return await finish(definition, deps, context, await perform(definition, deps.sql, request));',
        replace:
          'return definition.transact\n' +
          '          ? await finish(definition, deps, context, await perform(definition, deps.sql, request))\n' +
          '          : await runTxOnce(deps.sql, async (tx) =>\n' +
          '              finish(definition, deps, context, await perform(definition, tx as any, request)));',
      },
      {
        file: 'lib/settle/relay-wake-ups.ts',
        find: 'pass.woken += await wake(sql, queue, due, layout);',
        replace: 'pass.woken += 0;',
      },
      {
        file: LOCKS,
        find: 'if (group === null) return',
        replace: 'if (group !== undefined) return',
      },
    ],
  },
  {
    name: 'idempotency key stored after the commit',
    patches: [
      {
        file: ROUTE,
        find: '    const result = await runStatement(() => record(forOneStatement(sql), input, context, path, claim));\n',
        replace:
          '    const kept = await sql`SELECT FROM idempotency_keys WHERE api_key_id = ${owned.apiKeyId}::uuid AND key = ${owned.key}`;\n' +
          '    if (kept.count > 0) return (await replay(sql, owned, print)) as any;\n' +
          '    const result = await record(forOneStatement(sql), input, context, path, undefined);\n' +
          '    if (result !== TAKEN && result.ok) await keepReply(sql, claim, performed(result, payload).reply);\n',
      },
    ],
  },
  {
    name: 'wallets locked in arrival order',
    patches: [
      {
        file: LOCKS,
        find: OWN_LOCK,
        replace: `WHERE id = ANY (${NAMED})\n      ORDER BY array_position(${NAMED}, id) FOR NO KEY UPDATE`,
      },
    ],
  },
  ...REFERENCE_MUTANTS,
  ...TRY_OUT_MUTANTS,
  ...ALERT_MUTANTS,
  ...LIMIT_MUTANTS,
  ...LINKED_MUTANTS,
  ...WEBHOOK_MUTANTS,
];
