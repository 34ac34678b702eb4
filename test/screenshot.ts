import { join } from 'node:path';
import { startLocal } from '../localstack/local.ts';
import { freeBasePort } from '../localstack/ports.ts';
import { startBrowser } from './support/browser.ts';
import { makeFolder, removeFolder } from './support/temp.ts';

/** First port of the search for five free ports in a row. */
const FIRST_PORT = 46_500;

/** What the picture shows: the start, and the first requests. */
const SIZE = { width: 1000, height: 1480 };
const FILE = 'docs/images/docs-page.png';

/** Draws the docs page for the README. */
async function main(): Promise<void> {
  const folder = await makeFolder('screenshot');
  const browser = await startBrowser(folder);
  const port = await freeBasePort(FIRST_PORT);
  const local = await startLocal({ port, dataDir: join(folder, 'data'), log: () => {} });
  try {
    const page = await browser.newPage({ viewport: SIZE, locale: 'en-GB' });
    await page.goto(`${local.urls.http}/docs`);
    await page.locator('.opblock').first().waitFor();
    await page.screenshot({ path: FILE });
    console.log(FILE);
  } finally {
    await browser.close();
    await local.stop();
    await removeFolder(folder);
  }
}

await main();
