import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HAS_BROWSER } from '../support/browser.ts';
import { type ConsoleSystem, findings, startConsole } from '../support/console.ts';
import { PATIENCE } from '../support/constants.ts';

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 55_000 + (process.pid % 4_000);

/** As in local.test.ts, and the browser. */
const START_LIMIT_MS = 300_000;

/** More than a double can hold. */
const AMOUNT = 9007199254740993n;

let system: ConsoleSystem;

beforeAll(async () => {
  if (HAS_BROWSER) system = await startConsole(FIRST_PORT);
}, START_LIMIT_MS);
afterAll(async () => {
  await system?.stop();
});

/** What a page did that it must not: requests to others, and what the browser complained of. */
interface Opened {
  readonly page: Page;
  readonly wrongs: string[];
}

async function openDocs(options: BrowserContextOptions = {}, fragment = ''): Promise<Opened> {
  const context = await system.browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE.timeout);
  const wrongs: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${system.url}/`) && !url.startsWith('data:')) wrongs.push(url);
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrongs.push(message.text());
  });
  page.on('pageerror', (error) => wrongs.push(String(error)));
  await page.goto(`${system.url}/docs${fragment}`);
  await page.locator('.opblock').first().waitFor();
  return { page, wrongs };
}

const operation = (page: Page, method: string, path: string) =>
  page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });

async function authorize(page: Page): Promise<void> {
  await page.locator('.btn.authorize').click();
  await page.locator('.auth-container input').fill(system.admin);
  await page.locator('.auth-btn-wrapper').getByText('Authorize').click();
  await page.locator('.auth-btn-wrapper').getByText('Close').click();
}

/** Opens an operation, fills in its parameters and its body, and sends it. */
async function tryOut(
  page: Page,
  method: string,
  path: string,
  values: Record<string, string>,
  body?: unknown,
) {
  const block = operation(page, method, path);
  await block.locator('.opblock-summary-control').click();
  await block.getByRole('button', { name: 'Try it out' }).click();
  for (const [name, value] of Object.entries(values))
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  if (body !== undefined) await block.locator('textarea').fill(JSON.stringify(body));
  const sent = page.waitForRequest((request) => request.method() === method.toUpperCase());
  await block.getByRole('button', { name: 'Execute' }).click();
  const request = await sent;
  await block.locator('.live-responses-table td.response-col_status:not(.col_header)').waitFor();
  return { block, request, status: (await request.response())?.status() };
}

/** What axe finds that keeps somebody from using the page. */
const obstacles = (page: Page): Promise<string[]> => findings(page, ['serious', 'critical']);

const WALLET = { Name: 'Page', Country: 'UK', City: 'London', Currency: 'USD' };

describe.runIf(HAS_BROWSER)('the docs page in a browser', () => {
  test('loads from this system alone, and nothing breaks its policy', async () => {
    const { page, wrongs } = await openDocs();
    expect(wrongs).toEqual([]);
    await page.context().close();
  });

  test('finds an operation by a part of its path', async () => {
    const { page } = await openDocs();
    await page.locator('.operation-filter-input').fill('transfer_am');
    await operation(page, 'post', '/wallet').waitFor({ state: 'hidden' });
    expect(await page.locator('.opblock').count()).toBe(1);
    expect(await operation(page, 'post', '/transfer_amount').isVisible()).toBe(true);
    await page.context().close();
  });

  test('shows the start in the language that its reader chooses, by mouse or keyboard', async () => {
    const { page } = await openDocs();
    const program = page.locator('.program:visible code').last();
    expect(await program.textContent()).toBe((await readFile('docs/start/start.sh', 'utf8')).trimEnd());
    await page.getByText('Java', { exact: true }).click();
    expect(await program.textContent()).toBe((await readFile('docs/start/Start.java', 'utf8')).trimEnd());
    await page.keyboard.press('ArrowLeft');
    expect(await program.textContent()).toBe((await readFile('docs/start/start.go', 'utf8')).trimEnd());
    await page.context().close();
  });

  test('creates a wallet with its key, idempotency key and preference, and once', async () => {
    const { page, wrongs } = await openDocs();
    await authorize(page);
    const values = { 'Idempotency-Key': randomUUID() };
    const { block, request, status } = await tryOut(page, 'post', '/wallet', values, WALLET);
    expect(status).toBe(200);
    const headers = await request.allHeaders();
    expect(headers).toMatchObject({
      authorization: `Bearer ${system.admin}`,
      'idempotency-key': values['Idempotency-Key'],
      prefer: expect.stringContaining('amounts=string'),
      origin: system.url,
    });
    const shown = await block.locator('.live-responses-table .highlight-code').textContent();
    const [, walletId = ''] = /"WalletID": "(\d+)"/.exec(shown ?? '') ?? [];
    expect((await system.sql`SELECT name FROM wallets WHERE id = ${walletId}`)[0]).toEqual({ name: 'Page' });
    const again = page.waitForResponse((response) => response.url().endsWith('/wallet'));
    await block.getByRole('button', { name: 'Execute' }).click();
    expect((await (await again).allHeaders())['idempotency-replayed']).toBe('true');
    expect(wrongs).toEqual([]);
    await page.context().close();
  });

  test('shows every digit of a large amount, in examples and in replies', async () => {
    const { http } = system;
    const { WalletID } = (await http.post('/wallet', WALLET)).payload;
    await http.post('/receive_amount', { WalletId: WalletID, Amount: AMOUNT, Currency: 'USD' });
    await expect
      .poll(async () => (await http.get(`/wallet/${WalletID}`)).payload.Balance, PATIENCE)
      .toBe(AMOUNT);
    const { page } = await openDocs();
    await authorize(page);
    const { block } = await tryOut(page, 'get', '/wallet/{walletId}', { walletId: String(WalletID) });
    const shown = await block.locator('.live-responses-table .highlight-code').textContent();
    expect(shown).toContain(`"Balance": "${AMOUNT}"`);
    expect(await page.locator('body').textContent()).not.toMatch(
      /900719925474099[24]|922337203685477(?!5807)/,
    );
    await page.context().close();
  });

  test('opens at an operation that its address names', async () => {
    const { page } = await openDocs();
    await operation(page, 'post', '/wallet').locator('.opblock-summary-control').click();
    const { hash } = new URL(page.url());
    const other = await openDocs({}, hash);
    await operation(other.page, 'post', '/wallet').getByText('Try it out').waitFor();
    expect(hash).not.toBe('');
    await page.context().close();
    await other.page.context().close();
  });

  test.each<[string, { viewport: { width: number; height: number }; colorScheme?: 'dark' }]>([
    ['on a desk', { viewport: { width: 1280, height: 900 } }],
    ['in the dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
    ['on a telephone', { viewport: { width: 390, height: 844 } }],
  ])('can be used by everybody %s', async (_where, options) => {
    const { page, wrongs } = await openDocs(options);
    const isDark = options.colorScheme === 'dark';
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(isDark ? 'rgb(28, 32, 34)' : 'rgb(255, 255, 255)');
    expect(await obstacles(page)).toEqual([]);
    await page.locator('.btn.authorize').click();
    await page.locator('.auth-container input').waitFor();
    expect(await obstacles(page)).toEqual([]);
    await page.locator('.close-modal').click();
    await authorize(page);
    await tryOut(page, 'post', '/wallet', {}, WALLET);
    await tryOut(page, 'get', '/wallet/{walletId}', { walletId: '1' });
    expect(await obstacles(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(options.viewport.width);
    expect(wrongs).toEqual([]);
    await page.context().close();
  });
});
