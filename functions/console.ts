import { CONSOLE_FILES } from '../console/files.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { servePage } from '../lib/http/page.ts';
import type { Guard, HttpHandler } from '../lib/http/serve.ts';
import { entry } from '../lib/runtime/entry.ts';

/** Makes what shows everybody the console. It has no data: its requests bring the key of whoever signs in. */
export const getConsole = (guard: Pick<Guard, 'apiKeys'>): HttpHandler =>
  servePage(guard, CONSOLE_FILES, 'the console has no such file');

export const show = entry(apiKeys)(getConsole);
