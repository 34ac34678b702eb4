/** A folder of lib/: one purpose, and the rooms that it may import. */
export interface Room {
  readonly what: string;
  /** Rooms below it, by folder; `(types)` stands behind one of which only types may be imported. */
  readonly may: readonly string[];
}

/** The rooms of lib/ from the ground up: a room may import only rooms above it in this list. */
export const ROOMS: Readonly<Record<string, Room>> = {
  ledger: {
    what: 'the rules of money: amounts, rates, legs, the decision, the hash; pure',
    may: [],
  },
  postgres: {
    what: 'one connection that lives, and all that any part needs of a database: transactions, snapshots, leases, once-only work, migrations, rights',
    may: [],
  },
  wire: {
    what: 'how values look outside: JSON with all digits, fields, cursors, refusals',
    may: ['ledger'],
  },
  details: {
    what: 'what callers give wallets and transactions to know them by: references, descriptions, metadata',
    may: ['ledger', 'wire', 'postgres'],
  },
  runtime: {
    what: 'what a function has around it: settings, log, metrics',
    may: ['postgres (types)'],
  },
  aws: {
    what: 'AWS clients that give up in time: files, secrets, custom resources; and the database that a secret names',
    may: ['postgres', 'wire', 'runtime'],
  },
  messaging: {
    what: 'messages to others: wake-ups, dead letters, outbox, event bus and schemas',
    may: ['ledger', 'postgres', 'wire', 'aws'],
  },
  access: {
    what: 'who may call: API keys, scopes, rate limits',
    may: ['wire', 'postgres', 'runtime'],
  },
  wallets: {
    what: 'wallets, and the currencies that they are in',
    may: ['ledger', 'wire', 'postgres', 'details', 'messaging'],
  },
  accept: {
    what: 'a request becomes a pending operation',
    may: ['ledger', 'wire', 'postgres', 'details', 'messaging'],
  },
  settle: {
    what: 'pending operations become settled ones, whatever fails',
    may: ['ledger', 'postgres', 'details', 'messaging', 'runtime', 'wallets'],
  },
  groups: {
    what: 'wallets are spread evenly over the groups',
    may: ['postgres', 'messaging', 'runtime'],
  },
  reports: {
    what: 'what happened, as lists, totals, files',
    may: ['ledger', 'wire', 'postgres', 'details', 'aws', 'groups'],
  },
  books: {
    what: 'the checks that prove the books right',
    may: ['ledger', 'postgres'],
  },
  webhooks: {
    what: 'events are posted to webhooks, signed, until they are taken',
    may: ['ledger', 'wire', 'postgres', 'messaging', 'aws', 'runtime'],
  },
  story: {
    what: 'all that is known of one transaction',
    may: ['ledger', 'wire', 'postgres', 'wallets', 'reports', 'webhooks'],
  },
  http: {
    what: 'one request in, one reply out',
    may: ['wire', 'postgres', 'access', 'aws', 'runtime'],
  },
};

/** What the folders at the top may import of one another: a file, or everything below a folder. */
export const TOP_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  client: [],
  reference: ['lib/http/page-files.ts'],
  console: ['lib/http/page-files.ts', 'client/src/json.ts', 'client/src/new-key.ts'],
  functions: ['lib', 'description/served.ts', 'reference/files.ts', 'console/files.ts'],
  description: ['lib', 'functions'],
  deployment: ['lib'],
  operate: ['lib', 'localstack/addresses.ts'],
  localstack: ['lib', 'operate', 'client/src'],
  bench: ['lib', 'functions', 'localstack', 'operate', 'test/support'],
  test: [
    'lib',
    'client',
    'functions',
    'reference',
    'console',
    'description',
    'deployment',
    'operate',
    'localstack',
    'bench',
  ],
};
