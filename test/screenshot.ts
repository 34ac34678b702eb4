import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { openDatabase } from '../lib/postgres/database.ts';
import { lambdaName } from '../localstack/addresses.ts';
import { invokeLambda } from '../localstack/lambda/invoke.ts';
import { type Local, startLocal } from '../localstack/local.ts';
import { freeBasePort } from '../localstack/ports.ts';
import { startBrowser } from './support/browser.ts';
import { goTo } from './support/console.ts';
import { makeFolder, removeFolder } from './support/temp.ts';

/** First port of the search for five free ports in a row. */
const FIRST_PORT = 46_500;

/** What the picture of the docs page shows: the start, and the first requests. */
const DOCS_SIZE = { width: 1000, height: 1480 };

/** What those of the console show: the first screen of a page. */
const CONSOLE_SIZE = { width: 1100, height: 900 };

/** Enough that each page has something to show. */
const WALLETS = 100;
const OPERATIONS = 2_000;
const DECLINES = 6;

/** More than any server process has as its number. */
const NO_PROCESS = 100_000_000;

/** Draws the docs page and the console for README and docs. */
async function main(): Promise<void> {
  const folder = await makeFolder('screenshot');
  const browser = await startBrowser(folder);
  const port = await freeBasePort(FIRST_PORT);
  const local = await startLocal({ port, dataDir: join(folder, 'data'), log: () => {} });
  try {
    await drawDocs(browser, local.urls.http);
    await drawConsole(browser, local.urls);
  } finally {
    await browser.close();
    await local.stop();
    await removeFolder(folder);
  }
}

async function draw(page: Page, name: string): Promise<void> {
  const path = `docs/images/${name}.png`;
  await page.screenshot({ path });
  console.log(path);
}

async function drawDocs(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage({ viewport: DOCS_SIZE, locale: 'en-GB' });
  await page.goto(`${url}/docs`);
  await page.locator('.opblock').first().waitFor();
  await draw(page, 'docs-page');
  await page.close();
}

/** Draws pages of the console of a system with a story in it. */
async function drawConsole(browser: Browser, urls: Local['urls']): Promise<void> {
  const url = urls.http;
  const size = ['--wallets', String(WALLETS), '--operations', String(OPERATIONS)];
  await promisify(execFile)(process.execPath, ['localstack/seed.ts', '--url', url, ...size]);
  const { TransactionId } = await ask(url, '/transfer_amount', {
    ...{ OriginWalletId: 1, TargetWalletId: 2, Amount: 12_345_678, Currency: 'EUR' },
    ...{ Reference: 'order-7', Description: 'A pair of gloves' },
  });
  for (let count = 0; count < DECLINES; count++)
    await ask(url, '/send_amount', { WalletId: 1, Amount: 9_000_000_000_000, Currency: 'USD' });
  await ask(url, '/rebalance', {});
  await invokeLambda(urls.lambda, lambdaName('reconcile'))({});
  await spreadOverAnHour(urls.database);
  const page = await browser.newPage({ viewport: CONSOLE_SIZE, locale: 'en-GB' });
  await page.goto(`${url}/console`);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await goTo(page, '#/overview');
  await draw(page, 'console-overview');
  await goTo(page, '#/groups');
  await draw(page, 'console-groups');
  await goTo(page, '#/wallet/1');
  await draw(page, 'console-wallet');
  await goTo(page, `#/payment/${String(TransactionId)}`);
  await draw(page, 'console-payment');
  await page.close();
}

/** Moves what was settled within a minute over the last hour, in waves: a chart of one bar shows nothing. */
async function spreadOverAnHour(database: string): Promise<void> {
  const sql = openDatabase(database, 1);
  const part = sql`(1 + 0.4 * sin(ago / 5.0)) / 60`;
  await sql`
    INSERT INTO settled_minutes (minute, backend, succeeded, declined, settle_times, declines)
    SELECT date_trunc('minute', now(), 'UTC') - make_interval(mins => ago), ${NO_PROCESS} + row_number() OVER (),
      round(succeeded * ${part}), CASE WHEN ago % 20 = 3 THEN ceil(declined / 3.0) ELSE 0 END,
      ARRAY(SELECT round(times * ${part}) FROM unnest(settle_times) WITH ORDINALITY AS t (times, place) ORDER BY place),
      CASE WHEN ago % 20 = 3 THEN ARRAY(SELECT ceil(n / 3.0) FROM unnest(declines) WITH ORDINALITY AS t (n, place)
        ORDER BY place) ELSE '{}' END
    FROM settled_minutes CROSS JOIN generate_series(0, 59) AS ago`;
  await sql`DELETE FROM settled_minutes WHERE backend < ${NO_PROCESS}`;
  await sql.end();
}

/** Sends a request, and waits for what becomes of it. @returns its payload */
async function ask(url: string, path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const headers = { Prefer: 'wait=20' };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path}: ${text}`);
  return (JSON.parse(text) as { readonly payload: Readonly<Record<string, unknown>> }).payload;
}

await main();
