import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { createKey } from '../lib/access/api-key-store.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { startLocal } from '../localstack/local.ts';
import { freeBasePort } from '../localstack/ports.ts';
import { HAS_BROWSER, startBrowser } from '../test/support/browser.ts';
import { signIn } from '../test/support/console.ts';
import { placesIn, webhookIdOf } from './console-data.ts';
import { HEAVY_WALLET, type JournalShape } from './journal.ts';
import { type Measurement, readable, summarize } from './measurement.ts';

/** First port of the search for five free ports in a row. */
const FIRST_PORT = 33_000;

/** What a page may take until it can be used. */
const MAX_MS = 1_000;

/** Measured openings of each page, after one that lets the functions load what they are made of. */
const ROUNDS = 5;

/** More than the halves of a month until a minute is left. */
const MAX_ZOOMS = 20;

const SIZE = { width: 1100, height: 900 };

type Log = (line: string) => void;

/** A page: its address, and what must be there for it to be of use. */
interface Place {
  readonly what: string;
  readonly address: string;
  readonly content: string;
}

/**
 * Measures the pages of the console in a browser. Each is opened anew, as by its address in a tab that is signed in: the time is from
 * there until what it shows is there, and nothing of it is being read any more.
 *
 * @param folder with the data of a filled database, which the local system is started on
 */
export async function measurePages(folder: string, shape: JournalShape, log: Log): Promise<Measurement[]> {
  if (!HAS_BROWSER) {
    log('no browser is packed for this system: the pages are not measured');
    return [];
  }
  const port = await freeBasePort(FIRST_PORT);
  const local = await startLocal({
    port,
    dataDir: folder,
    auth: true,
    env: { LOG_LEVEL: 'WARN' },
    log: () => {},
  });
  try {
    const key = await makeKey(local.urls.database);
    const home = join(folder, 'browser');
    await mkdir(home, { recursive: true });
    const browser = await startBrowser(home);
    try {
      const times = await timesOf(await signedIn(browser, local.urls.http, key), local.urls.http, shape);
      return Array.from(times, ([what, samples]) => toMeasurement(what, samples, shape, log));
    } finally {
      await browser.close();
    }
  } finally {
    await local.stop();
  }
}

async function makeKey(databaseUrl: string): Promise<string> {
  const sql = openDatabase(databaseUrl);
  try {
    const made = await createKey(sql, randomUUID(), { name: 'bench', scopes: ['admin'] });
    return made?.key ?? '';
  } finally {
    await sql.end();
  }
}

async function signedIn(browser: Browser, url: string, key: string): Promise<Page> {
  const page = await browser.newPage({ viewport: SIZE, locale: 'en-GB' });
  await page.goto(`${url}/console`);
  await signIn(page, key);
  return page;
}

function placesOf(shape: JournalShape): Place[] {
  const [place] = placesIn(shape, 1);
  const wallet = `#/wallet/${HEAVY_WALLET}`;
  return [
    { what: 'overview', address: '#/overview', content: '#money ~ *' },
    { what: 'groups', address: '#/groups', content: '#now ~ table, #now ~ * table' },
    { what: 'wallets', address: '#/wallets', content: 'main table' },
    { what: 'the heavy wallet', address: wallet, content: '#operations ~ * table' },
    { what: "a payment's story", address: `#/payment/${place?.transactionId}`, content: '#entries ~ *' },
    { what: 'search by a reference', address: `#/search?q=${place?.reference}`, content: '#entries ~ *' },
    { what: 'currencies', address: '#/currencies', content: 'main table' },
    { what: 'a currency', address: '#/currency/EUR', content: 'main canvas' },
    { what: 'keys', address: '#/keys', content: 'main table' },
    { what: 'webhooks', address: '#/webhooks', content: 'main table' },
    { what: 'a webhook', address: `#/webhook/${webhookIdOf(1)}`, content: '#deliveries ~ * table' },
  ];
}

async function timesOf(page: Page, url: string, shape: JournalShape): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>();
  for (const { what, address, content } of placesOf(shape)) {
    const samples: number[] = [];
    for (let round = 0; round <= ROUNDS; round++)
      samples.push(await timed(() => openAnew(page, `${url}/console${address}`, content)));
    times.set(what, samples.slice(1));
  }
  const wallet = `${url}/console#/wallet/${HEAVY_WALLET}`;
  await openAnew(page, wallet, 'main canvas');
  times.set('its chart, each of its zooms down to a minute', await zoomIn(page));
  await openAnew(page, wallet, '#operations ~ * table');
  times.set('its older operations, page by page', await turnPages(page));
  return times;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** Goes to an address from nowhere, so that all of the page is loaded anew. */
async function openAnew(page: Page, address: string, content: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(address);
  await ready(page, content);
}

async function ready(page: Page, content: string): Promise<void> {
  await page.locator(content).first().waitFor();
  await page.waitForFunction(`document.querySelector('main .loading') === null`);
}

async function zoomIn(page: Page): Promise<number[]> {
  const button = page.getByRole('button', { name: 'Zoom in' });
  const times: number[] = [];
  for (let zoom = 0; zoom < MAX_ZOOMS && (await button.isEnabled()); zoom++)
    times.push(await timed(() => click(page, button, /\/history\?/, 'main canvas')));
  return times;
}

async function turnPages(page: Page): Promise<number[]> {
  const link = page.getByRole('link', { name: 'Older ones' });
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    times.push(await timed(() => click(page, link, /\/operations\//, '#operations ~ * table')));
  return times;
}

/** Clicks, and waits until what is read for it is shown. */
async function click(
  page: Page,
  on: ReturnType<Page['locator']>,
  asked: RegExp,
  content: string,
): Promise<void> {
  await Promise.all([page.waitForResponse(asked), on.click()]);
  await ready(page, content);
}

function toMeasurement(
  what: string,
  samples: readonly number[],
  { operations }: JournalShape,
  log: Log,
): Measurement {
  const { value, spread } = summarize(samples);
  log(`${what}: ${readable(value)} ms, at most ${readable(spread.most)} ms`);
  return {
    ...{ name: `page: ${what}, slowest`, value: spread.most, unit: 'ms', spread, target: { atMost: MAX_MS } },
    conditions: `${operations.toLocaleString('en')} operations, local system with API keys, Chromium on the same two cores; median ${readable(value)} ms`,
  };
}
