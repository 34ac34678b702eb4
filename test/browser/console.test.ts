import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Scope } from '../../lib/access/api-key.ts';
import { HAS_BROWSER } from '../support/browser.ts';
import {
  type ConsoleSystem,
  findings,
  goTo,
  layoutShift,
  openConsole,
  searchPayment,
  signIn,
  startConsole,
  tabTo,
  whileSlow,
} from '../support/console.ts';
import { PATIENCE, UUID } from '../support/constants.ts';

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 60_000 + (process.pid % 2_000);

/** As in local.test.ts, and the browser. */
const START_LIMIT_MS = 300_000;

/** More than a double can hold, and how it is shown. */
const AMOUNT = 9007199254740993n;
const SHOWN = '9,007,199,254.740993';

/** More operations than a chart has points, in full batches. */
const BATCHES = 3;
const BATCH = 500;

/** How long a slow API takes: a page has long drawn what it has by itself. */
const SLOW_MS = 500;

const MINUTE_MS = 60_000;

let system: ConsoleSystem;
let look: ConsoleSystem['look'];
let first: bigint;
let second: bigint;
let busy: bigint;
let paymentId: string;

beforeAll(async () => {
  if (!HAS_BROWSER) return;
  system = await startConsole(FIRST_PORT);
  ({ look } = system);
  const { http, makeWallet } = system;
  await http.post('/update_currencies', { Rates: { EUR: 1.25, XAU: 2_400 } });
  first = await makeWallet('First', 'EUR');
  second = await makeWallet('Second', 'USD');
  busy = await makeWallet('Busy', 'USD');
  const gold = await makeWallet('Gold', 'XAU');
  for (const [WalletId, Currency] of [[first, 'EUR'] as const, [gold, 'XAU'] as const])
    await http.post('/receive_amount', { WalletId, Amount: AMOUNT, Currency });
  const transfer = { OriginWalletId: first, TargetWalletId: second, Amount: 5_000_000, Currency: 'USD' };
  const headers = { 'X-Correlation-Id': 'till-4.2026' };
  paymentId = (await http.post('/transfer_amount', { ...transfer, Reference: 'order-7' }, headers)).payload
    .TransactionId;
  await http.ended(paymentId);
  const one = { WalletId: busy, Amount: 1, Currency: 'USD' };
  for (let count = 0; count < BATCHES; count++)
    await http.post('/batch', { Operations: Array.from({ length: BATCH }, () => one) });
  const settled = async () => (await http.get(`/wallet/${busy}`)).payload.Balance === BigInt(BATCHES * BATCH);
  await vi.waitUntil(settled, PATIENCE);
  await system.sql`UPDATE wallets SET created_at = created_at - interval '1 hour' WHERE id = ${String(busy)}`;
}, START_LIMIT_MS);
afterAll(async () => {
  await system?.stop();
});

const mainOf = async (page: Page): Promise<string> => (await page.locator('main').textContent()) ?? '';

describe.runIf(HAS_BROWSER)('the console in a browser', () => {
  test.each<[Scope, string[]]>([
    ['wallets:read', ['Wallets', 'Currencies']],
    ['wallets:write', ['Wallets']],
    ['operations:write', ['Move money']],
    ['reports:read', ['Overview', 'Groups']],
    ['currencies:write', ['Currencies']],
    ['webhooks', ['Webhooks']],
    ['admin', ['Overview', 'Groups', 'Wallets', 'Move money', 'Currencies', 'Webhooks', 'Keys']],
  ])('offers a key of %s what it may, and nothing else', async (scope, pages) => {
    await look(
      async (page) => {
        const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
        expect(await links.allTextContents()).toEqual(pages);
        await goTo(page, '#/keys');
        expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
          scope === 'admin' ? 'Keys' : 'Not for this key',
        );
      },
      { key: await system.makeKey(scope) },
    );
  });

  test('tells that a key is not valid, and keeps a valid one in its tab alone', async () => {
    const { page } = await openConsole(system.browser, system.url);
    await page.getByLabel('API key').fill('mlps_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await signIn(page, system.admin);
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByLabel('API key').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.reload();
    await page.getByLabel('API key').waitFor();
    await page.context().close();
  });

  test('opens in a browser whose language nobody knows', async () => {
    const init = `Object.defineProperty(navigator, 'language', { get: () => 'en-US@posix', configurable: true })`;
    await look(async (page) => await page.getByRole('heading', { name: 'Overview' }).waitFor(), { init });
  });

  test('follows a key that is pressed, and an address that changes, as soon as its first page is drawn', async () => {
    const init = `new MutationObserver((_, observer) => {
      if (document.querySelector('header') === null) return;
      observer.disconnect();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }));
      focused = document.activeElement.localName;
      location.hash = '#/keys';
    }).observe(document, { childList: true, subtree: true })`;
    const see = async (page: Page) => {
      await page.getByRole('heading', { name: 'Keys' }).waitFor();
      expect(await page.evaluate('focused')).toBe('input');
    };
    await look(see, { init });
  });

  test('finds a payment by its reference from anywhere, and tells its story to the last digit', async () => {
    await look(async (page) => {
      await goTo(page, '#/currencies');
      await searchPayment(page, 'order-7');
      const story = await mainOf(page);
      for (const part of [paymentId, '5.00 USD from Wallet', 'Sum in EUR: 0.00', 'Sum in USD: 0.00'])
        expect(story).toContain(part);
      for (const part of ['Taken, rounded up4.00 EUR', `${SHOWN} EUR before, 9,007,199,250.740993 EUR after`])
        expect(story).toContain(part);
    });
  });

  test('finds a payment by its correlation id', async () => {
    await look(async (page) => {
      await searchPayment(page, 'till-4.2026');
      expect(await mainOf(page)).toContain(paymentId);
    });
  });

  test('leads from each id of a story to what it is of', async () => {
    await look(async (page) => {
      await goTo(page, `#/payment/${paymentId}`);
      await page.getByRole('heading', { name: 'Double entry' }).waitFor();
      const hashes = "[...document.querySelectorAll('main a')].map(({ hash }) => hash)";
      const links = await page.evaluate<string[]>(hashes);
      expect(links).toEqual(expect.arrayContaining([`#/wallet/${first}`, `#/wallet/${second}`]));
      for (const link of new Set(links)) {
        await goTo(page, link);
        expect([link, await page.getByRole('alert').count()]).toEqual([link, 0]);
      }
    });
  });

  test('shows every digit of a large amount wherever there is one', async () => {
    await look(async (page) => {
      for (const address of ['#/overview', '#/wallets', `#/wallet/${first}`]) {
        await goTo(page, address);
        await page.getByText(SHOWN).first().waitFor();
      }
    });
  });

  test('is used by the keyboard alone', async () => {
    const { page, wrongs } = await openConsole(system.browser, system.url);
    await tabTo(page, /^API key/);
    await page.keyboard.type(system.admin);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await searchPayment(page, 'order-7');
    await tabTo(page, /^Refund$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Refund' }).waitFor();
    await tabTo(page, /^Amount/);
    await page.keyboard.type('0.5');
    await page.keyboard.press('Enter');
    await page.getByText('It would succeed').waitFor();
    await tabTo(page, /^Refund$/);
    await page.keyboard.press('Enter');
    await page.getByText('Done: the money was given back.').waitFor();
    // Whoever goes on begins at what became of it, not at the top of the page.
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toMatch(UUID);
    await page.keyboard.press('Enter');
    await page.getByText('Gives back', { exact: true }).waitFor();
    expect(wrongs).toEqual([]);
    await page.context().close();
  });

  test('saves a statement with exact amounts', async () => {
    await look(async (page) => {
      await goTo(page, `#/wallet/${first}`);
      const downloaded = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save as a file' }).click();
      const file = await downloaded;
      expect(file.suggestedFilename()).toMatch(/^wallet-\d+-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
      const [head, ...lines] = (await readFile(await file.path(), 'utf8')).trim().split('\n');
      expect(head).toContain('type,amount,currency');
      expect(lines[0]).toContain(`in,${AMOUNT},EUR`);
      expect(lines[1]).toContain('out,5000000,USD');
      expect(lines[1]).toContain(`success,,4000000,EUR,${AMOUNT - 4_000_000n},"order-7"`);
    });
  });

  test('zooms into a balance by buttons and by a frame, from at most 1,000 points', async () => {
    await look(async (page) => {
      const asked: { readonly points: number; readonly drawn: number; readonly ms: number }[] = [];
      page.on('response', async (response) => {
        const { pathname, searchParams: query } = new URL(response.url());
        if (!pathname.endsWith('/history')) return;
        const { Points } = (await response.json()).payload;
        const ms = Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '');
        asked.push({ points: Number(query.get('points')), drawn: Points.length, ms });
      });
      await goTo(page, `#/wallet/${busy}`);
      await page.getByText('There are more changes than it shows').waitFor();
      while ((asked.at(-1)?.ms ?? 0) > MINUTE_MS) {
        const before = asked.length;
        await page.getByRole('button', { name: 'Zoom in' }).click();
        await vi.waitUntil(() => asked.length > before, PATIENCE);
      }
      await page.getByRole('button', { name: 'Whole time' }).click();
      await page.getByText('There are more changes than it shows').waitFor();
      const chart = page.getByRole('img', { name: /^Balance/ }).locator('.u-over');
      await chart.scrollIntoViewIfNeeded();
      const { x, y, width } = (await chart.boundingBox()) ?? { x: 0, y: 0, width: 0 };
      await page.mouse.move(x + width * 0.5, y + 50);
      await page.mouse.down();
      await page.mouse.move(x + width * 0.75, y + 60, { steps: 5 });
      await page.mouse.up();
      const isQuarter = () => Math.abs((asked.at(-1)?.ms ?? 0) - 15 * MINUTE_MS) < MINUTE_MS;
      await vi.waitUntil(isQuarter, PATIENCE);
      for (const { points, drawn } of asked) expect(Math.max(points, drawn)).toBeLessThanOrEqual(1_000);
      expect(asked[0]?.drawn).toBeGreaterThan(400);
    });
  });
});

describe.runIf(HAS_BROWSER)('every page', () => {
  const addresses = () => [
    ...['#/overview', '#/groups', '#/wallets?new=yes', `#/wallet/${first}`, `#/payment/${paymentId}`],
    ...['#/act/transfer', '#/currencies', '#/currency/EUR', '#/keys', '#/webhooks', '#/x', '#/search?q=none'],
  ];

  test.each(['light', 'dark'] as const)('can be used by everybody in %s colours', async (colorScheme) => {
    await look(
      async (page) => {
        for (const address of addresses()) {
          await goTo(page, address);
          expect([address, await page.getByRole('alert').allTextContents()]).toEqual([address, []]);
          expect([address, await findings(page)]).toEqual([address, []]);
          expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
        }
      },
      { colorScheme },
    );
  });

  test('pushes nothing away that is shown already, however slow the API is', async () => {
    await look(
      async (page) => {
        await whileSlow(page, SLOW_MS, async () => {
          for (const address of addresses()) {
            const shift = await layoutShift(page, () => goTo(page, address));
            expect([address, shift]).toEqual([address, 0]);
          }
        });
      },
      { viewport: { width: 412, height: 823 } },
    );
  });

  test('fits a screen of 360 pixels', async () => {
    await look(
      async (page) => {
        for (const address of addresses()) {
          await goTo(page, address);
          const width = await page.evaluate('document.documentElement.scrollWidth');
          expect([address, width]).toEqual([address, 360]);
        }
      },
      { viewport: { width: 360, height: 740 } },
    );
  });
});
