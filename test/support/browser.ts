import packed from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/** Where the packed Chromium runs: its package has it for this system alone. */
export const HAS_BROWSER = process.platform === 'linux' && process.arch === 'x64';

/** Unpacking takes five seconds and starting one, on a machine that is not busy. */
const START_LIMIT_MS = 120_000;

/**
 * Starts Chromium as a user's browser: with all that protects pages from each other. Names that end in `.example` lead to
 * this machine, as a name server of somebody else's could have them do.
 *
 * @param folder gets the unpacked browser and is its home
 */
export async function startBrowser(folder: string): Promise<Browser> {
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = folder;
  try {
    const executablePath = await packed.executablePath();
    return await chromium.launch({
      executablePath,
      timeout: START_LIMIT_MS,
      args: [
        // The packed one is Chromium's shell without a screen; root may start it without a sandbox only.
        ...['--headless=shell', '--no-sandbox', '--no-zygote', '--disable-gpu'],
        '--host-resolver-rules=MAP *.example 127.0.0.1',
      ],
      env: { ...process.env, HOME: folder },
    });
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
}
