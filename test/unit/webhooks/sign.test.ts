import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { newSecret, signedHeaders } from '../../../lib/webhooks/sign.ts';

describe('a secret', () => {
  test('is whsec_ and 32 bytes in base64 with padding, and never the same', () => {
    expect(newSecret(Buffer.alloc(32, 0xfb))).toBe(`whsec_${Buffer.alloc(32, 0xfb).toString('base64')}`);
    const secrets = Array.from({ length: 100 }, () => newSecret());
    for (const secret of secrets) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(new Set(secrets).size).toBe(100);
  });
});

describe('signed headers', () => {
  const body = '{"type":"WalletCreated","data":{"Name":"Ünïcödé ✓"}}';
  const timestamp = Math.floor(Date.now() / 1_000);

  test("are what the specification's library makes", () => {
    const secret = newSecret();
    expect(signedHeaders({ messageId: 'event-17', timestamp, body }, [secret])).toEqual({
      'webhook-id': 'event-17',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': new Webhook(secret).sign('event-17', new Date(timestamp * 1_000), body),
    });
  });

  test('are right for each of several secrets, and for no other body, id or secret', () => {
    const secrets = [newSecret(), newSecret()];
    const headers = signedHeaders({ messageId: 'event-17', timestamp, body }, secrets);
    for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    const [secret = ''] = secrets;
    expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow();
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
    expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'event-18' })).toThrow();
  });
});
