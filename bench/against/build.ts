import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as batch from '../../functions/batch.ts';
import type * as transactions from '../../functions/transactions.ts';
import type * as reconcile from '../../lib/books/reconcile.ts';
import type * as verify from '../../lib/books/verify.ts';
import type * as database from '../../lib/postgres/database.ts';
import type * as migrate from '../../lib/postgres/migrate.ts';
import type * as processor from '../../lib/settle/processor.ts';
import type * as relay from '../../lib/settle/relay.ts';

/** What is driven of a build; each of them has it, though in other files. */
export type Build = Pick<typeof batch, 'acceptOperations'> &
  Pick<typeof transactions, 'receiveAmount' | 'transferAmount'> &
  Pick<typeof reconcile, 'reconcile'> &
  Pick<typeof verify, 'verifyChains'> &
  Pick<typeof database, 'openDatabase'> &
  Pick<typeof migrate, 'migrate'> &
  Pick<typeof processor, 'processBatch'> &
  Pick<typeof relay, 'relayOnce'>;

/** The files of each known layout. The first one tells whether a folder has it. */
const LAYOUTS: readonly (readonly string[])[] = [
  [
    'lib/postgres/database.ts',
    'lib/postgres/migrate.ts',
    'lib/settle/processor.ts',
    'lib/settle/relay.ts',
    'lib/books/reconcile.ts',
    'lib/books/verify.ts',
    'functions/transactions.ts',
    'functions/batch.ts',
  ],
  [
    'lib/db.ts',
    'lib/migrations.ts',
    'lib/processing.ts',
    'lib/relaying.ts',
    'lib/reconciling.ts',
    'lib/verifying.ts',
    'functions/transactions.ts',
    'functions/batch.ts',
  ],
];

/** Settings that functions of earlier builds read when they are imported. Nothing is sent anywhere. */
export const BUILD_SETTINGS = {
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  QUEUE_URL: 'http://127.0.0.1:1/none.fifo',
  DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/none.fifo',
  EVENT_BUS_NAME: 'none',
  API_KEYS: 'off',
};

/**
 * Loads a build.
 *
 * @param folder a clone of this repository with its node_modules
 * @throws Error if its layout is unknown
 */
export async function loadBuild(folder: string): Promise<Build> {
  const modules = await Promise.all(
    layoutOf(folder).map((file) => import(pathToFileURL(join(folder, file)).href)),
  );
  return Object.assign({}, ...modules) as Build;
}

/**
 * The files of a build that are driven.
 *
 * @throws Error if the layout is unknown
 */
export function layoutOf(folder: string): readonly string[] {
  const known = LAYOUTS.find(([first = '']) => existsSync(join(folder, first)));
  if (known !== undefined) return known;
  throw new Error(`${folder} has no build of a known layout: ${LAYOUTS.map(([file]) => file).join(' or ')}.`);
}
