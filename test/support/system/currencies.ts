import type { HttpHandler } from '../../../lib/http/serve.ts';
import { call } from './client.ts';

/** Each currency's rate, to the digit. */
export async function listRates(getCurrencies: HttpHandler): Promise<Record<string, string>> {
  const { text } = await call(getCurrencies);
  const found = text.matchAll(/"Name":"(\w+)","Rate":([^,]+),/g);
  return Object.fromEntries([...found].map(([, name, rate]) => [name, rate]));
}

/** What a request is told that names a currency without a rate, or a text that no currency can have as its name. */
export function notAllowed(name: string): string {
  const why = /^[A-Z0-9]{3,12}$/.test(name)
    ? `${name} has no rate, which POST /update_currencies sets`
    : `${JSON.stringify(name.slice(0, 40))} is no name (3 to 12 of A-Z and 0-9) to which POST /update_currencies gives a rate`;
  return `currency is not allowed: ${why}`;
}
