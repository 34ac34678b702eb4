import type { LookupAddress } from 'node:dns';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Outside, outsideOf, postOnce } from '../../../lib/webhooks/post.ts';
import type { Post } from '../../../lib/webhooks/queues.ts';
import { newSecret, signedHeaders } from '../../../lib/webhooks/sign.ts';
import { startReceiver } from '../../support/webhooks/receiver.ts';

const SECRET = newSecret();

function postTo(address: string): Post {
  const signedAt = Math.floor(Date.now() / 1_000);
  const body = '{"type":"WebhookTest","data":{"name":"ü"}}';
  const headers = signedHeaders({ messageId: 'test-1', timestamp: signedAt, body }, [SECRET]);
  return {
    ...{ webhookId: '0197a1b2-c3d4-7e5f-8a6b-0123456789ab', messageId: 'test-1', post: '1', attempt: 1 },
    ...{ address, headers, body, signedAt },
  };
}

/** What posting needs, with a resolver that answers one list after the other. */
function resolving(rule: 'public' | 'local', ...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const resolve = async (host: string): Promise<LookupAddress[]> => {
    asked.push(host);
    const answer = answers[Math.min(asked.length, answers.length) - 1] ?? [];
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { asked, outside: { ...outsideOf(rule), resolve } satisfies Outside };
}

async function receiver() {
  const made = await startReceiver((got) => (got.path === '/slow' ? 'hang' : 204));
  made.secrets.push(SECRET);
  onTestFinished(made.stop);
  return made;
}

describe('a post', () => {
  test('looks its address up once, and connects to what it looked at', async () => {
    const { port, got } = await receiver();
    const { asked, outside } = resolving('local', ['127.0.0.1'], ['192.0.2.1']);
    const result = await postOnce(postTo(`http://localhost:${port}/hook`), outside);
    expect(result).toMatchObject({ outcome: 'delivered', status: 204 });
    expect(asked).toEqual(['localhost']);
    expect(got).toMatchObject([{ isRight: true, headers: { host: `localhost:${port}` } }]);
  });

  test('connects to the second address if the first takes no connection', async () => {
    const { port, got } = await receiver();
    const { outside } = resolving('local', ['::1', '127.0.0.1']);
    expect(await postOnce(postTo(`http://localhost:${port}/`), outside)).toMatchObject({ status: 204 });
    expect(got).toHaveLength(1);
  });

  test.each([
    ['192.0.2.1'],
    ['198.51.100.7'],
    ['10.0.0.1'],
    ['169.254.0.1'],
    ['127.0.0.1'],
    ['::1'],
    ['fd00::1'],
    ['2001:db8::1'],
    ['::ffff:192.0.2.1'],
  ])('to a name that leads to %s, alone or among others, is not made', async (address) => {
    for (const answer of [[address], ['2606:2800:21f:cb07::1', address]]) {
      const { outside } = resolving('public', answer);
      expect(await postOnce(postTo('https://receiver.example.com/'), outside)).toMatchObject({
        ...{ outcome: 'failed', status: null, problem: 'the address leads to one that is not public' },
      });
    }
  });

  test('to a webhook whose address became none that is allowed is not made, whenever that was', async () => {
    const { port, got } = await receiver();
    const { outside, asked } = resolving('public', ['127.0.0.1']);
    const result = await postOnce(postTo(`http://127.0.0.1:${port}/`), outside);
    expect(result.problem).toMatch(/^the address must be a public https address/);
    expect([got, asked]).toEqual([[], []]);
  });

  test('by http to a name of this machine that leads elsewhere is not made', async () => {
    const { outside } = resolving('local', ['192.0.2.1']);
    const result = await postOnce(postTo('http://localhost:1/'), outside);
    expect(result.problem).toBe('the address by http is none of this machine');
  });

  test('to a name that does not resolve, or never answers, fails in time', async () => {
    const { outside } = resolving('public', []);
    expect((await postOnce(postTo('https://receiver.example.com/'), outside)).problem).toBe(
      'the name of the address does not resolve',
    );
    const never = { ...outside, resolve: () => new Promise<never>(() => {}), limitMs: 100 };
    expect((await postOnce(postTo('https://receiver.example.com/'), never)).problem).toBe(
      'no answer within 0.1 seconds',
    );
  });

  test('by https to a receiver without a certificate fails', async () => {
    const { port } = await receiver();
    const { outside } = resolving('local', ['127.0.0.1']);
    const result = await postOnce(postTo(`https://localhost:${port}/`), outside);
    expect(result).toMatchObject({ outcome: 'failed', status: null });
    expect(result.problem).toMatch(/^no connection, or it broke: /);
  });
});
