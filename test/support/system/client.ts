import { setTimeout as sleep } from 'node:timers/promises';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { read } from './request.ts';

interface HttpAnswer {
  readonly status: number;
  readonly payload: any;
  readonly headers: Headers;
  readonly text: string;
}

/** A client of a running system, with an API key where that asks for one. */
export function client(url: string, key?: string) {
  const authorization = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const text = typeof body === 'string' || body === undefined ? body : stringifyJson(body);
    const response = await fetch(url + path, {
      method,
      headers: { ...authorization, ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    const payload = isJson ? read(answer).payload : answer;
    return { status: response.status, payload, headers: response.headers, text: answer } as HttpAnswer;
  }
  return {
    ask,
    get: (path: string) => ask('GET', path),
    post: (path: string, body: unknown, headers?: Record<string, string>) => ask('POST', path, body, headers),
    /** Waits until a transaction has ended. */
    async ended(id: string): Promise<any> {
      return await eventually(async () => {
        const { payload } = await ask('GET', `/transaction/${id}`);
        return ['success', 'decline'].includes(payload.Status) ? payload : undefined;
      });
    },
  };
}

/** Asks again until there is an answer, for a minute and a half at most. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const PAUSE_MS = 50;
  const LIMIT_MS = 90_000;
  for (let waited = 0; waited < LIMIT_MS; waited += PAUSE_MS) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(PAUSE_MS);
  }
  throw new Error(`nothing came in ${LIMIT_MS} ms`);
}
