import { afterEach, describe, expect, test, vi } from 'vitest';
import { MyLittlePs } from '../../../client/src/client.ts';
import { ConnectionError, UnexpectedReplyError } from '../../../client/src/errors.ts';
import { type StubReply, type StubServer, startStub } from '../../support/client/stub-server.ts';

const CSV =
  'type,amount,currency,created_at\nin,9007199254740993,THB,2026-01-01T00:00:00.000000Z\nin,1,฿,x\n';
const FILE: StubReply = { headers: { 'Content-Type': 'text/csv' }, text: CSV };

const stubs: StubServer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const stub of stubs.splice(0)) await stub.stop();
});

async function serve(replies: readonly StubReply[]): Promise<StubServer> {
  const stub = await startStub(replies);
  stubs.push(stub);
  return stub;
}

const clientOf = ({ url }: StubServer) => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  return new MyLittlePs({ url, apiKey: 'mlps_secret' });
};

/** The API redirects to a store at another host. */
async function withStore(replies: readonly StubReply[]) {
  const store = await serve(replies);
  const location = `${store.url}/report.csv?X-Amz-Signature=a`;
  const api = await serve([{ status: 303, headers: { Location: location }, text: '' }]);
  return { api, store, ps: clientOf(api) };
}

describe('a file', () => {
  test('of the reply itself comes in pieces, or whole', async () => {
    const api = await serve([FILE]);
    const query = { walletId: 7n, from: '2026-01-01', status: 'all', columns: 'all' } as const;
    const pieces: string[] = [];
    for await (const piece of await clientOf(api).operations.file(query)) pieces.push(piece);
    expect(pieces.join('')).toBe(CSV);
    expect(await (await clientOf(api).operations.file(query)).text()).toBe(CSV);
    expect(api.seen[0]?.url).toBe('/operations/file/7?from=2026-01-01&status=all&columns=all');
    expect(api.seen[0]?.headers['authorization']).toBe('Bearer mlps_secret');
  });

  test('of the store comes from there, which gets no header of ours', async () => {
    const { ps, store, api } = await withStore([FILE]);
    expect(await (await ps.operations.file({ walletId: 7n })).text()).toBe(CSV);
    expect(store.seen.map(({ url }) => url)).toEqual(['/report.csv?X-Amz-Signature=a']);
    const own = ['authorization', 'prefer', 'idempotency-key', 'x-correlation-id'];
    expect(Object.keys(store.seen[0]?.headers ?? {}).filter((name) => own.includes(name))).toEqual([]);
    expect(api.seen).toHaveLength(1);
  });

  test.each<[string, StubReply]>([
    ['hangs up', 'hang up'],
    ['is busy', { status: 503, text: '<Error>' }],
  ])('is requested anew from the API if the store %s', async (_what, reply) => {
    const { ps, store, api } = await withStore([reply, FILE]);
    expect(await (await ps.operations.file({ walletId: 7n })).text()).toBe(CSV);
    expect([api.seen.length, store.seen.length]).toEqual([2, 2]);
  });

  test('whose address has expired is no file', async () => {
    const { ps } = await withStore([{ status: 403, text: '<Error>' }]);
    await expect(ps.operations.file({ walletId: 7n })).rejects.toThrow(UnexpectedReplyError);
  });

  test('that is refused is a refusal', async () => {
    const body = { payload: { error: 'too many operations', code: 'report_too_large' } };
    const ps = clientOf(await serve([{ status: 413, body }]));
    await expect(ps.operations.file({ walletId: 7n })).rejects.toMatchObject({ code: 'report_too_large' });
  });

  test('that is cut is an error, and no shorter file', async () => {
    const ps = clientOf(await serve(['cut']));
    await expect((await ps.operations.file({ walletId: 7n })).text()).rejects.toThrow(ConnectionError);
  });

  test('ends with the reason of the signal, also while it is read', async () => {
    const api = await serve([{ headers: { 'Content-Length': '500' }, text: CSV }]);
    const reason = new Error('the page was left');
    const controller = new AbortController();
    const file = await clientOf(api).operations.file({ walletId: 7n }, { signal: controller.signal });
    const reading = (async () => {
      for await (const piece of file) if (piece !== '') controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });

  test('can be left in the middle', async () => {
    const api = await serve([{ text: CSV.repeat(50_000) }]);
    for await (const piece of await clientOf(api).operations.file({ walletId: 7n })) {
      expect(piece.slice(0, 4)).toBe('type');
      break;
    }
  });

  test('where a browser hides the redirect is an error that says what to do', async () => {
    const opaque = Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' });
    const ps = new MyLittlePs({ url: 'http://127.0.0.1', fetch: async () => opaque });
    await expect(ps.operations.file({ walletId: 7n })).rejects.toThrow('request shorter periods');
  });
});
