import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LOOPBACK } from '../../localstack/addresses.ts';
import { HAS_BROWSER } from '../support/browser.ts';
import { type ConsoleSystem, goTo, startConsole } from '../support/console.ts';
import { PATIENCE } from '../support/constants.ts';
import { client } from '../support/system/client.ts';

/** First port of the search for five free ports in a row: far from those of the other tests of the console. */
const FIRST_PORT = 62_500 + (process.pid % 2_000);

/** As in local.test.ts, and the browser. */
const START_LIMIT_MS = 300_000;

let system: ConsoleSystem;
let look: ConsoleSystem['look'];
let wallet: bigint;
let other: bigint;

beforeAll(async () => {
  if (!HAS_BROWSER) return;
  system = await startConsole(FIRST_PORT);
  ({ look } = system);
  wallet = await system.makeWallet('First', 'USD');
  other = await system.makeWallet('Second', 'USD');
  const receipt = { WalletId: wallet, Amount: 1_000_000_000, Currency: 'USD' };
  const { payload } = await system.http.post('/receive_amount', receipt);
  await system.http.ended(payload.TransactionId);
}, START_LIMIT_MS);
afterAll(async () => {
  await system?.stop();
});

const balanceOf = async (id: bigint): Promise<bigint> =>
  (await system.http.get(`/wallet/${id}`)).payload.Balance;

/** Tries a form out, and clicks its button twice. */
async function doTwice(page: Page, verb: string): Promise<void> {
  await page.getByRole('button', { name: 'Check first' }).click();
  await page.getByText('It would succeed').waitFor();
  await page.getByRole('button', { name: verb, exact: true }).dblclick();
  await page.getByText(/^Done: /).waitFor();
}

/** A payment of the API, once it is settled. */
async function pay(path: string, body: object): Promise<string> {
  const { payload } = await system.http.post(path, { ...body, Currency: 'USD' });
  await system.http.ended(payload.TransactionId);
  return payload.TransactionId;
}

describe.runIf(HAS_BROWSER)('a form of the console', () => {
  test.each([
    ['receive', 'Pay in', 'WalletId', 11n],
    ['send', 'Send out', 'WalletId', 12n],
    ['hold', 'Hold', 'WalletId', 13n],
    ['transfer', 'Transfer', 'OriginWalletId', 14n],
  ])('does once what is clicked twice: %s', async (kind, verb, field, units) => {
    await look(async (page) => {
      await goTo(page, `#/act/${kind}?${field}=${wallet}&Currency=USD`);
      expect(await page.getByRole('button', { name: verb, exact: true }).isDisabled()).toBe(true);
      if (kind === 'transfer') await page.getByLabel('To wallet').fill(String(other));
      await page.getByLabel('Amount').fill(String(units));
      await page.getByLabel('Reference').fill(`twice-${kind}`);
      await doTwice(page, verb);
      expect(await system.bookedOf(units * 1_000_000n)).toBe(1);
      await page.getByRole('link', { name: /^[0-9a-f-]{36}$|^See the hold$/ }).click();
      await page.getByText(`${units}.00 USD`).first().waitFor();
    });
  });

  test('gives a payment back from its story, once', async () => {
    const paid = { OriginWalletId: wallet, TargetWalletId: other, Amount: 21_000_000 };
    const id = await pay('/transfer_amount', paid);
    await look(async (page) => {
      const before = await balanceOf(wallet);
      await goTo(page, `#/payment/${id}`);
      await page.getByRole('link', { name: 'Refund' }).click();
      await page.getByLabel('Amount').fill('6.5');
      await doTwice(page, 'Refund');
      expect(await balanceOf(wallet)).toBe(before + 6_500_000n);
      await goTo(page, `#/payment/${id}`);
      const refunds = page.getByRole('region', { name: 'What was given back of this payment' });
      await refunds.getByText('6.50 USD').waitFor();
      await refunds.getByRole('link').click();
      await page.getByText('Gives back', { exact: true }).waitFor();
    });
  });

  test('captures a part of a hold, once, and releases the rest', async () => {
    await look(async (page) => {
      await goTo(page, `#/act/hold?WalletId=${wallet}&Currency=USD&Amount=30`);
      await doTwice(page, 'Hold');
      const before = await balanceOf(wallet);
      await page.getByRole('link', { name: 'See the hold' }).click();
      await page.getByRole('link', { name: 'Capture' }).click();
      await page.getByLabel('To wallet').fill(String(other));
      await page.getByLabel('Amount').fill('12.25');
      await doTwice(page, 'Capture');
      expect(await balanceOf(wallet)).toBe(before - 12_250_000n);
      await page.getByRole('link', { name: 'go back to the hold' }).click();
      await page.getByText('17.75 USD').waitFor();
      await page.getByRole('link', { name: 'Release' }).click();
      await doTwice(page, 'Release');
      await page.getByRole('link', { name: 'go back to the hold' }).click();
      await page.getByText('released').first().waitFor();
      expect(await balanceOf(wallet)).toBe(before - 12_250_000n);
    });
  });

  test.each([
    ['Confirm the payout', 'Confirm', 40n],
    ['Cancel the payout', 'Cancel the payout', 0n],
  ])('answers for a bank, once: %s', async (link, verb, units) => {
    const before = await balanceOf(wallet);
    const body = { WalletId: wallet, Amount: 40_000_000, Currency: 'USD', Confirm: true };
    const { payload } = await system.http.post('/send_amount', body, { Prefer: 'wait=10' });
    await look(async (page) => {
      await goTo(page, `#/payment/${payload.TransactionId}`);
      await page.getByRole('link', { name: link }).click();
      await doTwice(page, verb);
      expect(await balanceOf(wallet)).toBe(before - units * 1_000_000n);
    });
  });

  test('does not send what would be declined, and says why', async () => {
    await look(async (page) => {
      await goTo(page, `#/act/send?WalletId=${other}&Currency=USD`);
      await page.getByLabel('Amount').fill('99999');
      await page.getByRole('button', { name: 'Check first' }).click();
      await page.getByText('there is too little money in the wallet').waitFor();
      expect(await page.getByRole('button', { name: 'Send out' }).isDisabled()).toBe(true);
      await page.getByLabel('Amount').fill('0.1234567');
      await page.getByRole('button', { name: 'Check first' }).click();
      await page.getByText('An amount has at most six decimals; this one has 7.').waitFor();
    });
  });

  test('opens a wallet, and freezes it', async () => {
    await look(async (page) => {
      await goTo(page, '#/wallets?new=yes');
      const form = page.getByRole('form', { name: 'Open a wallet' });
      await form.getByLabel('Name').fill('Third');
      await form.getByLabel('Country').fill('FR');
      await form.getByLabel('City').fill('Paris');
      await form.getByRole('button').dblclick();
      await page
        .getByRole('status')
        .getByRole('link', { name: /^Wallet/ })
        .click();
      await page.getByRole('button', { name: 'Freeze', exact: true }).click();
      await page.getByText('The wallet is frozen.').waitFor();
      expect((await system.sql`SELECT id FROM wallets WHERE name = 'Third'`).length).toBe(1);
      await page.getByRole('button', { name: 'Unfreeze' }).click();
      await page.getByText('The wallet is not frozen.').waitFor();
    });
  });

  test('rebalances the groups', async () => {
    await look(async (page) => {
      await goTo(page, '#/groups');
      await page.getByRole('button', { name: 'Rebalance now' }).click();
      const said = page.getByText(/wallets changed their group\.|The balancer runs\./);
      await said.first().waitFor();
      await page.getByText('On request').first().waitFor();
    });
  });

  test('makes a key that is shown once, limits and revokes it', async () => {
    await look(async (page) => {
      await goTo(page, '#/keys');
      await page.getByText('Make a key').click();
      await page.getByLabel('Name').fill('till');
      await page.getByLabel(/^see wallets and payments/).check();
      await page.getByRole('button', { name: 'Make the key' }).dblclick();
      const key = (await page.locator('code.secret').textContent()) ?? '';
      const ask = client(system.url, key);
      expect((await ask.get('/wallets')).status).toBe(200);
      await page.getByRole('button', { name: 'Done' }).click();
      expect(await page.getByText(key).count()).toBe(0);
      const row = page.getByRole('row').filter({ hasText: 'till' });
      await expect.poll(() => row.count(), PATIENCE).toBe(1);
      await row.getByLabel('Requests a second').fill('50');
      await row.getByRole('button', { name: 'Limit till' }).click();
      await vi.waitUntil(async () => (await ask.get('/key')).payload.RequestsPerSecond === 50n, PATIENCE);
      await row.getByRole('button', { name: 'Revoke till', exact: true }).click();
      await row.getByRole('button', { name: 'Yes, revoke till' }).click();
      await row.getByText('revoked').waitFor();
      await vi.waitUntil(async () => (await ask.get('/key')).status === 401, PATIENCE);
    });
  });

  test('sets a currency’s rate, which its chart shows', async () => {
    await look(async (page) => {
      await goTo(page, '#/currencies');
      for (const rate of ['1.25', '1.093809']) {
        await page.getByLabel('Currency', { exact: true }).fill('EUR');
        await page.getByLabel('Worth in USD').fill(rate);
        await page.getByRole('button', { name: 'Set the rate' }).click();
        await page.getByRole('cell', { name: rate, exact: true }).waitFor();
      }
      await page.getByRole('link', { name: 'EUR' }).click();
      await page.getByRole('img', { name: /1\.25 USD at first, and is worth 1\.093809 USD now/ }).waitFor();
    });
  });

  test('lists what a webhook was sent, and sends it again', async () => {
    const got: string[] = [];
    const receiver = createServer(({ headers }, response) => {
      got.push(String(headers['webhook-id']));
      response.writeHead(204).end();
    }).listen(0, LOOPBACK);
    await once(receiver, 'listening');
    const Address = `http://${LOOPBACK}:${(receiver.address() as AddressInfo).port}/`;
    await system.http.post('/webhooks', { Address, EventTypes: ['TransactionSucceeded'] });
    const id = await pay('/receive_amount', { WalletId: wallet, Amount: 1 });
    await vi.waitUntil(() => got.length === 1, PATIENCE);
    await look(async (page) => {
      await goTo(page, '#/webhooks');
      await page.getByRole('link', { name: Address }).click();
      await page.getByText('delivered').waitFor();
      await page.getByRole('button', { name: 'Send TransactionSucceeded again' }).click();
      await page.getByText('1 sent again.').waitFor();
      await vi.waitUntil(() => got.length === 2, PATIENCE);
      expect(got[1]).toBe(got[0]);
      await goTo(page, `#/payment/${id}`);
      await page.getByRole('heading', { name: 'Told to webhooks' }).waitFor();
    });
    receiver.closeAllConnections();
    receiver.close();
  });
});

/** How long a system may take that is slow, in milliseconds: longer than anybody thinks it takes. */
const SLOW_MS = 4_000;

describe.runIf(HAS_BROWSER)('when the API', () => {
  test('is slow, the console says what it reads, and shows it once it comes', async () => {
    await look(async (page) => {
      await page.route('**/wallets?*', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        await route.continue();
      });
      await page.evaluate(`location.hash = '#/wallets'`);
      await page.getByText('Reading the wallets …').waitFor();
      await page.getByRole('table').waitFor();
    });
  });

  const refusal = '{"payload":{"error":"the database does not answer","code":"database_unavailable"}}';
  const answers = (reply: Parameters<Route['fulfill']>[0]) => (route: Route) => route.fulfill(reply);
  test.each<[string, string, (route: Route) => Promise<void>]>([
    ['is busy', 'The database does not answer.', answers({ status: 503, body: refusal })],
    ['fails', 'The system failed (status 500). Try again.', answers({ status: 500, body: '' })],
    ['is gone', 'The system does not answer.', (route) => route.abort()],
    ['is hidden by a page', 'The answer can’t be read', answers({ status: 200, body: '<html></html>' })],
  ])('%s, the console says so, and tries again at a click', async (_name, sentence, answer) => {
    await look(async (page) => {
      await page.route('**/wallets?*', answer);
      await page.evaluate(`location.hash = '#/wallets'`);
      await page.getByRole('alert').getByText(sentence).waitFor();
      await page.unroute('**/wallets?*');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('table').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    });
  });

  test('fails later, the console says that what it shows is old', async () => {
    await look(async (page) => {
      await goTo(page, '#/overview');
      await page.getByRole('heading', { name: 'Health' }).waitFor();
      await page.route('**/overview', answers({ status: 500, body: '' }));
      await page.getByText('What is shown is from before.').waitFor();
      await page.getByRole('heading', { name: 'Health' }).waitFor();
    });
  });

  test('loses the answer to a payment, sending it again pays once', async () => {
    await look(async (page) => {
      await goTo(page, `#/act/receive?WalletId=${other}&Currency=USD&Amount=77`);
      await page.getByRole('button', { name: 'Check first' }).click();
      await page.getByText('It would succeed').waitFor();
      await page.route('**/receive_amount', async (route) => {
        await route.fetch();
        await route.abort();
      });
      await page.getByRole('button', { name: 'Pay in' }).click();
      await page.getByText('It may have been done nevertheless.').waitFor();
      await page.unroute('**/receive_amount');
      await page.getByRole('button', { name: 'Send the same again' }).click();
      await page.getByText('Done: the money is in the wallet.').waitFor();
      expect(await system.bookedOf(77_000_000n)).toBe(1);
    });
  });
});
