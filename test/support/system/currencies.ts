import type { HttpHandler } from '../../../lib/http/route.ts';
import { call } from './client.ts';

/** Each currency's rate, to the digit. */
export async function listRates(getCurrencies: HttpHandler): Promise<Record<string, string>> {
  const { text } = await call(getCurrencies);
  const found = text.matchAll(/"Name":"(\w+)","Rate":([^,]+),/g);
  return Object.fromEntries([...found].map(([, name, rate]) => [name, rate]));
}
