import { expect } from 'vitest';
import type { HttpHandler } from '../../../lib/http/serve.ts';
import { call } from './client.ts';

export type SearchQuery = Readonly<Record<string, string>>;

/** Searches of transactions by a handler: one page, and a whole list, page by page. */
export function searcher(handler: HttpHandler) {
  async function page(query: SearchQuery): Promise<any> {
    const { status, payload, text } = await call(handler, { query });
    expect(status, text).toBe(200);
    expect(payload.Transactions.length).toBeLessThanOrEqual(payload.Limit);
    return payload;
  }
  async function whole(query: SearchQuery): Promise<any[]> {
    const all: any[] = [];
    let next: SearchQuery = {};
    for (;;) {
      const { Transactions, More, Next } = await page({ ...query, ...next });
      all.push(...Transactions);
      if (!More) return all;
      next = { after: Next };
    }
  }
  return { page, whole };
}

export const idsOf = (transactions: readonly any[]): string[] =>
  transactions.map(({ TransactionId }) => TransactionId);
