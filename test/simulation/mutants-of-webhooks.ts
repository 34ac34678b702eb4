import type { Mutant } from './mutant-list.ts';

const CLAIM = 'lib/webhooks/claim.ts';
const RECORD = 'lib/webhooks/record.ts';

/** Known bugs of webhooks. */
export const WEBHOOK_MUTANTS: readonly Mutant[] = [
  {
    name: 'a webhook sent again with another id',
    patches: [
      {
        file: CLAIM,
        find: 'signedHeaders({ messageId, timestamp: signedAt, body }, secrets)',
        replace: 'signedHeaders({ messageId: `${messageId}-${post}`, timestamp: signedAt, body }, secrets)',
      },
    ],
  },
  {
    // The name leads to a public address as well, as an attacker's would.
    name: 'a delivery to an address that became private',
    patches: [
      {
        file: 'lib/webhooks/address.ts',
        find: 'return addresses.every(({ address }) => isAllowed(address, rule))',
        replace: 'return addresses.some(({ address }) => isAllowed(address, rule))',
      },
    ],
  },
  {
    name: 'a delivery that counts as done once it is handed over',
    patches: [
      {
        file: CLAIM,
        find: 'SET is_posting = true, attempts = attempts + 1',
        replace: "SET status = 'delivered', attempts = attempts + 1",
      },
      {
        file: CLAIM,
        find: 'next_at = statement_timestamp() + make_interval(secs => ${LOST_SECONDS})',
        replace: 'next_at = CASE WHEN ${LOST_SECONDS}::int > 0 THEN NULL::timestamptz END',
      },
    ],
  },
  {
    name: 'a post that is lost for ever if nobody tells its result',
    patches: [
      {
        file: CLAIM,
        find: 'WHERE webhook_id = given.id AND next_at <= statement_timestamp() ORDER BY next_at',
        replace:
          'WHERE webhook_id = given.id AND next_at <= statement_timestamp() AND NOT is_posting ORDER BY next_at',
      },
    ],
  },
  {
    name: 'a result of an earlier post that counts',
    patches: [{ file: RECORD, find: '      AND delivery.posts = given.posts AND is_posting\n', replace: '' }],
  },
  {
    name: 'an old secret that signs for ever',
    patches: [
      {
        file: CLAIM,
        find: 'CASE WHEN old_secret_until > now() THEN old_secret END',
        replace: 'old_secret',
      },
    ],
  },
  {
    name: 'a webhook that fails and has all its posts under way',
    patches: [{ file: CLAIM, find: 'is_slow OR failing_since IS NOT NULL', replace: 'false' }],
  },
  {
    name: 'a receiver that hangs and keeps back the results of others',
    patches: [
      {
        file: 'functions/webhook-post.ts',
        find:
          '  const tell = async (post: Post): Promise<void> => {\n' +
          '    const result = await postOnce(post, outside);\n',
        replace:
          '  let last: Promise<any> = Promise.resolve();\n' +
          '  const tell = async (post: Post): Promise<void> => {\n' +
          '    const result = await (last = last.then(() => postOnce(post, outside)));\n',
      },
    ],
  },
];
