import type { KnownBug } from './mutant.ts';

const DELIVER = 'test/integration/webhooks/deliver.test.ts';
const MANAGE = 'test/integration/webhooks/manage.test.ts';
const POST = 'test/integration/webhooks/post.test.ts';

export const WEBHOOK_MUTANTS: readonly KnownBug[] = [
  {
    name: 'a message that is posted again with another id',
    file: 'lib/webhooks/claim.ts',
    find: 'signedHeaders({ messageId, timestamp: signedAt, body }, secrets)',
    replace: 'signedHeaders({ messageId: `${messageId}-${post}`, timestamp: signedAt, body }, secrets)',
    caughtBy: DELIVER,
  },
  {
    name: 'a post to an address that became private',
    file: 'lib/webhooks/address.ts',
    find: 'return addresses.every(({ address }) => isAllowed(address, rule))',
    replace: 'return addresses.some(({ address }) => isAllowed(address, rule))',
    caughtBy: POST,
  },
  {
    name: 'a second look-up at the connection',
    file: 'lib/webhooks/post.ts',
    find: '    lookup: lookupIn(resolved.addresses),\n',
    replace:
      '    lookup: (host, _options, answer) =>\n      void resolve(host).then((all) => answer(null, [...all])),\n',
    caughtBy: POST,
  },
  {
    name: 'a result of an earlier post that counts',
    file: 'lib/webhooks/record.ts',
    find: '      AND delivery.posts = given.posts AND is_posting\n',
    replace: '',
    caughtBy: DELIVER,
  },
  {
    name: 'an old secret that signs for ever',
    file: 'lib/webhooks/claim.ts',
    find: 'CASE WHEN old_secret_until > now() THEN old_secret END',
    replace: 'old_secret',
    caughtBy: MANAGE,
  },
  {
    name: 'a webhook that fails and has all its posts under way',
    file: 'lib/webhooks/claim.ts',
    find: 'is_slow OR failing_since IS NOT NULL',
    replace: 'false',
    caughtBy: DELIVER,
  },
];
