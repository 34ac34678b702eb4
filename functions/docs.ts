import { apiKeys } from '../lib/access/caller.ts';
import { servePage } from '../lib/http/page.ts';
import type { Guard, HttpHandler } from '../lib/http/serve.ts';
import { entry } from '../lib/runtime/entry.ts';
import { PAGE_FILES } from '../reference/files.ts';

/** Makes what shows everybody the reference of the API: the page, and its script and style. */
export const getDocs = (guard: Pick<Guard, 'apiKeys'>): HttpHandler =>
  servePage(guard, PAGE_FILES, 'the docs page has no such file');

export const show = entry(apiKeys)(getDocs);
