import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { PATIENCE } from '../../support/constants.ts';
import { client } from '../../support/system/client.ts';
import { authorization, rawPost } from '../../support/system/raw-post.ts';

/**
 * Tests of a running system, for what only real HTTP can say.
 *
 * @param at where it is, and the key for it, if it needs one
 */
export function testEdgesOfHttp(at: () => { readonly url: string; readonly key: string | undefined }): void {
  const http = () => client(at().url, at().key);

  test('answers HEAD as GET, without a body, and says in each reply no more than a client of an API needs', async () => {
    for (const path of ['/health', '/currencies', '/wallets', '/nothing']) {
      const [get, head] = [await http().get(path), await http().ask('HEAD', path)];
      expect([path, head.status, head.text]).toEqual([path, get.status, '']);
    }
    const { headers } = await http().get('/currencies');
    const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...own } = headers;
    expect(Object.keys(own).toSorted()).toEqual([
      ...['cache-control', 'content-length', 'content-type', 'strict-transport-security'],
      ...['x-content-type-options', 'x-correlation-id'],
    ]);
  });

  test('refuses two Idempotency-Key lines, doubled names, other charsets and encodings, over real HTTP', async () => {
    const owner = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' };
    const wallet: bigint = (await http().post('/wallet', owner)).payload.WalletID;
    const body = `{"WalletId": ${wallet}, "Amount": 5, "Currency": "USD"}`;
    const post = async (lines: readonly string[], content: string | Buffer = body) =>
      await rawPost(`${at().url}/receive_amount`, [...lines, ...authorization(at().key)], content);
    const one = ['Idempotency-Key', 'two-lines-1'];
    expect(await post([...one, 'Idempotency-Key', 'two-lines-2'])).toMatchObject({
      status: 400,
      payload: { code: 'invalid_idempotency_key' },
    });
    const first = await post(one);
    expect(first.status).toBe(200);
    expect(await post(['Idempotency-Key', '"two-lines-1"'], body.replaceAll(' ', ''))).toEqual(first);
    expect(await post([], body.replace('5', '5, "Amount": 7'))).toMatchObject({
      status: 400,
      payload: { error: 'Amount stands twice' },
    });
    const latin = Buffer.from(body.replace('USD', 'é'), 'latin1');
    for (const type of ['application/json', 'application/json; charset=iso-8859-1', 'text/plain'])
      expect(await post(['Content-Type', type], latin)).toMatchObject({
        status: 400,
        payload: { code: 'invalid_json' },
      });
    expect(await post(['Content-Encoding', 'gzip'], gzipSync(body))).toMatchObject({ status: 415 });
    expect(await post([], Buffer.from(`\u{feff}${body}`))).toMatchObject({ status: 200 });
    for (const content of ['false', '0', 'null'])
      expect(await post([], content)).toMatchObject({ status: 400, payload: { code: 'invalid_json' } });
    await http().ended(first.payload.TransactionId);
    await vi.waitUntil(async () => (await http().get(`/wallet/${wallet}`)).payload.Balance === 10n, PATIENCE);
  });
}
