import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import type { Scope } from '../../lib/access/api-key.ts';
import { createKey } from '../../lib/access/api-key-store.ts';
import { openDatabase, type Sql } from '../../lib/postgres/database.ts';
import { type Local, startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { startBrowser } from './browser.ts';
import { PATIENCE } from './constants.ts';
import { client } from './system/client.ts';
import { makeFolder, removeFolder } from './temp.ts';

const require = createRequire(import.meta.url);
const AXE = require.resolve('axe-core/axe.min.js');

/** A console in a browser, and what it did that it must not: requests to others, and what the browser complained of. */
export interface OpenedConsole {
  readonly page: Page;
  readonly wrongs: string[];
}

/** What a browser says of a reply that is a refusal, or that did not come: the page shows that by itself. */
const REFUSED = /^Failed to load resource: (?:the server responded with a status of [45]|net::ERR_FAILED)/;

/** As a browser takes them, and a script that runs before those of the page. */
type Options = BrowserContextOptions & { readonly init?: string };

/** Opens the console without signing in. */
export async function openConsole(
  browser: Browser,
  url: string,
  { init = '', ...options }: Options = {},
): Promise<OpenedConsole> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE.timeout);
  const wrongs: string[] = [];
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${url}/`))
      wrongs.push(request.url());
  });
  page.on('console', (message) => {
    const isWrong = ['error', 'warning'].includes(message.type()) && !REFUSED.test(message.text());
    if (isWrong) wrongs.push(message.text());
  });
  page.on('pageerror', (error) => wrongs.push(String(error)));
  await page.addInitScript(init);
  await page.goto(`${url}/console`);
  return { page, wrongs };
}

/** Signs in with a key, and waits for the first page. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Goes to a page by its address, and waits until nothing of it is being read any more. */
export async function goTo(page: Page, address: string): Promise<void> {
  // Before the page is drawn, nothing of it is being read yet.
  await page.evaluate(`new Promise((done) => {
    const drawn = () => requestAnimationFrame(() => requestAnimationFrame(done));
    if (location.hash === ${JSON.stringify(address)}) return drawn();
    addEventListener('hashchange', drawn, { once: true });
    location.hash = ${JSON.stringify(address)};
  })`);
  await page.locator('main h1').waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
}

/** Searches for the only payment that a text is of, and waits for its story. */
export async function searchPayment(page: Page, text: string): Promise<void> {
  await page.keyboard.press('/');
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Payment', exact: true }).waitFor();
  await page.getByRole('heading', { name: 'Double entry' }).waitFor();
}

/** Has each request to the API take longer while something is done. */
export async function whileSlow(page: Page, delayMs: number, work: () => Promise<void>): Promise<void> {
  await page.route(/^(?!.*\/console)/, async (route) => {
    await sleep(delayMs);
    await route.continue();
  });
  await work();
  await page.unrouteAll({ behavior: 'wait' });
}

/** Cumulative layout shift that still counts as good: https://web.dev/articles/cls. */
const MAX_SHIFT = 0.1;

/** Milliseconds after which a browser has told of what it drew. */
const TOLD_MS = 100;

/** How far what was shown moved while something was done: the cumulative layout shift, or 0 if it counts as good. */
export async function layoutShift(page: Page, work: () => Promise<void>): Promise<number> {
  await page.evaluate(`shifts = []; observer = new PerformanceObserver((list) => shifts.push(...list.getEntries()));
    observer.observe({ type: 'layout-shift' })`);
  await work();
  const shift = await page.evaluate<number>(`new Promise((done) => setTimeout(() => {
    observer.disconnect();
    done(shifts.reduce((sum, { value }) => sum + value, 0));
  }, ${TOLD_MS}))`);
  return shift > MAX_SHIFT ? shift : 0;
}

/**
 * What axe finds, each with the element.
 *
 * @param impacts only what has one of these; all if missing
 */
export async function findings(page: Page, impacts?: readonly string[]): Promise<string[]> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  const isCounted = impacts === undefined ? 'true' : `${JSON.stringify(impacts)}.includes(impact)`;
  return await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.filter(({ impact }) => ${isCounted}).flatMap(({ id, nodes }) =>
      nodes.map(({ target, any }) => id + ' ' + target.join(' ') + ': ' + (any[0]?.message ?? ''))))`);
}

/** A system that asks for keys, a browser to see its console, and what looks behind both. */
export interface ConsoleSystem {
  readonly browser: Browser;
  readonly url: string;
  readonly sql: Sql;
  /** A key that may do everything. */
  readonly admin: string;
  /** The API, with that key. */
  readonly http: ReturnType<typeof client>;
  readonly makeKey: (...scopes: Scope[]) => Promise<string>;
  readonly makeWallet: (name: string, currency: string) => Promise<bigint>;
  /** How many payments, holds included, have a step of an amount, in millionths. */
  readonly bookedOf: (amount: bigint) => Promise<number>;
  /**
   * Signs in, looks at the console, and closes it. Fails if it asked others or the browser complained.
   *
   * @param options as for opening, and the key if it is not that of all rights
   */
  readonly look: (
    work: (page: Page) => Promise<void>,
    options?: Options & { readonly key?: string },
  ) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a system and a browser, on five free ports in a row from one on. */
export async function startConsole(firstPort: number): Promise<ConsoleSystem> {
  const folder = await makeFolder('console');
  let local: Local | undefined;
  let browser: Browser | undefined;
  let sql: Sql | undefined;
  const stop = async () => {
    await sql?.end();
    await browser?.close();
    await local?.stop();
    await removeFolder(folder);
  };
  try {
    browser = await startBrowser(folder);
    const port = await freeBasePort(firstPort);
    local = await startLocal({ port, dataDir: join(folder, 'data'), auth: true, log: () => {} });
    sql = openDatabase(local.urls.database, 1);
    const admin = await makeKey(sql, 'admin');
    return { ...system(browser, local.urls.http, sql, admin), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const makeKey = async (sql: Sql, ...scopes: Scope[]): Promise<string> =>
  (await createKey(sql, randomUUID(), { name: scopes.join(' '), scopes }))?.key ?? '';

function system(browser: Browser, url: string, sql: Sql, admin: string): Omit<ConsoleSystem, 'stop'> {
  const http = client(url, admin);
  return {
    ...{ browser, url, sql, admin, http },
    makeKey: (...scopes) => makeKey(sql, ...scopes),
    makeWallet: async (Name, Currency) =>
      (await http.post('/wallet', { Name, Currency, Country: 'UK', City: 'London' })).payload.WalletID,
    bookedOf: async (amount) =>
      (await sql`SELECT DISTINCT transaction_id FROM operations WHERE amount = ${String(amount)}`).length,
    look: async (work, { key = admin, ...options } = {}) => {
      const { page, wrongs } = await openConsole(browser, url, options);
      await signIn(page, key);
      await work(page);
      expect(wrongs).toEqual([]);
      await page.context().close();
    },
  };
}

/** How many elements one may pass on the way to one. */
const MAX_TABS = 80;

/** What an element is called, or the field that it is. */
const NAME_OF = `(element) =>
  (element.ariaLabel || element.labels?.[0]?.textContent || element.textContent).trim()`;

/** Goes on by the keyboard alone until something has the focus whose name, or whose field’s, fits. Waits until there is such a thing. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const isThere = `[...document.querySelectorAll('a, button, input, select')].some((each) => ${name}.test((${NAME_OF})(each)))`;
  await vi.waitUntil(() => page.evaluate<boolean>(isThere), PATIENCE);
  for (let count = 0; count < MAX_TABS; count++) {
    await page.keyboard.press('Tab');
    if (name.test(await page.evaluate<string>(`(${NAME_OF})(document.activeElement)`))) return;
  }
  throw new Error(`nothing that is called ${name} can be reached by the keyboard`);
}
