import { checkClients } from '../world/clients.ts';
import { count, type World } from '../world/world.ts';
import { takeAlerts } from './check-alerts.ts';
import { checkBooks, checkWallets } from './check-books.ts';
import { checkDetails } from './check-details.ts';
import { checkEndings, holdsBefore, takeOverCaptures } from './check-holds.ts';
import { checkLegs, isFirstLeg } from './check-legs.ts';
import { checkLinked, failedOf } from './check-linked.ts';
import { checkMoney } from './check-money.ts';
import { checkOrder } from './check-order.ts';
import { checkReaders } from './check-readers.ts';
import { checkRules, takeChanges } from './check-rules.ts';
import { checkNewWallets, checkRates } from './check-settings.ts';
import { checkTables } from './check-tables.ts';
import { checkTold } from './check-told.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { type Changes, isLinked, type Journal, readChanges } from './journal.ts';
import { emptyRules } from './rule-rows.ts';
import { must } from './violation.ts';

/** Errors that follow from a fault: a connection ended by a failover, and statements after a refused one. */
const CONSEQUENCES = new Set(['57P01', '25P02']);

/** Checks every rule on the changes since the last check. Nobody writes meanwhile. */
export async function checkStep(world: World): Promise<void> {
  const { sql, journal, clients, step } = world;
  checkErrors(world);
  const breach = world.bus.takeBreach();
  if (breach !== undefined) throw breach;
  const changes = await readChanges(sql, journal);
  const rates = checkRates(journal.currencies, changes.currencies, step.currencies);
  journal.currencies = changes.currencies;
  takeWallets(journal, changes);
  const wallets = [...step.sent].filter(({ prepared }) => prepared.kind === 'wallet');
  if (wallets.length > 0) checkNewWallets(journal, wallets);
  takeOverCaptures(journal, changes);
  const holds = holdsBefore(journal);
  checkTables(journal, changes);
  const newChanges = takeChanges(journal.wallets, changes.rules, step.sent);
  checkLegs(journal, changes);
  checkLinked(journal, changes);
  await checkDetails(sql, journal, changes);
  checkEndings(holds, changes);
  checkMoney(journal, changes, rates, holds);
  journal.over = changes.over;
  checkWallets(journal, changes.wallets);
  checkRules(journal.wallets, changes.rules);
  await takeAlerts(sql, journal);
  await checkBooks(sql, journal, changes);
  checkClients(clients, journal, changes.inserted, step.sent);
  checkOrder(clients, journal, changes);
  checkTold(journal, step.told);
  await checkWebhooks(world);
  checkReaders(world);
  tally(world, { ...changes, changes: newChanges });
}

/** What says that of two requests with one reference at once, this one was later: it is tried again. */
const LATER = /duplicate key value violates unique constraint "(transaction|wallet)_references"/;

/** Checks that PostgreSQL refused nothing: the code under test never breaks a constraint, but that of a reference in a race. */
export function checkErrors({ lambdas }: World): void {
  const errors = lambdas
    .flatMap(({ wire }) => wire.takeErrors())
    .filter(({ code, message }) => !CONSEQUENCES.has(code) && !LATER.test(message));
  must(
    errors.length === 0,
    errors.some(({ code }) => code === '40P01') ? 'no deadlock' : 'the database refuses no statement',
    () => errors.map(({ code, message, statement }) => `${code} ${message} in ${statement}`).join('\n'),
  );
}

/** Adds new wallets to the journal, empty. */
export function takeWallets({ wallets }: Journal, changes: Changes): void {
  for (const { id, name, currency } of changes.wallets) {
    if (wallets.has(id)) continue;
    wallets.set(id, {
      name,
      currency,
      balance: 0n,
      held: 0n,
      inTransit: 0n,
      position: 0n,
      head: Buffer.alloc(0),
      unlisted: 0n,
      processedAt: '',
      rules: emptyRules(),
      writtenBy: '',
    });
  }
}

function tally(world: World, { inserted, settled, changes }: Changes & { readonly changes: number }): void {
  count(world, 'changes of rules', changes);
  count(world, 'operations accepted', inserted.filter(isFirstLeg).length);
  const done = [...inserted, ...settled].filter(({ status }) => status !== 'new');
  count(world, 'operations settled', done.filter(({ status }) => status === 'success').length);
  for (const { status, reason } of done)
    if (status === 'decline') count(world, `operations declined for ${reason}`);
  count(world, 'operations declined', done.filter(({ status }) => status === 'decline').length);
  for (const first of done.filter((row) => isLinked(row) && isFirstLeg(row))) {
    const what = first.refundOf === null ? 'linked transactions' : 'refunds of linked transactions';
    const failed = failedOf(world.journal.byTransaction.get(first.transactionId) ?? []);
    count(world, `${what} ${failed === undefined ? 'that succeeded' : `declined for ${failed.reason}`}`);
    if ((failed?.number ?? 0) > 1) count(world, `${what} declined behind their first transfer`);
  }
}
