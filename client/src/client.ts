import { currenciesOf } from './currencies.ts';
import { holdsOf } from './holds.ts';
import { keysOf } from './keys.ts';
import { operationsOf } from './operations.ts';
import { payoutsOf } from './payouts.ts';
import { systemOf } from './system.ts';
import { transactionsOf } from './transactions.ts';
import { send, type Transport } from './transport.ts';
import { checkLimits, DEFAULT_MAX_RETRIES, DEFAULT_TIMEOUT_MS, type RequestOptions } from './tries.ts';
import { tryOutsOf } from './try-out.ts';
import { walletsOf } from './wallets.ts';
import { webhooksOf } from './webhooks.ts';

/** Which system, and how. */
export interface Options {
  /** The address of the API, such as `https://x.execute-api.eu-central-1.amazonaws.com`. */
  readonly url: string;
  /** `mlps_…`; a local system needs none unless it was started with `--auth`. */
  readonly apiKey?: string | undefined;
  /** The time limit of a request with all its tries and pauses, in milliseconds: 80,000 if missing. */
  readonly timeoutMs?: number | undefined;
  /** How often a request is tried again: 6 times if missing, 0 for never. */
  readonly maxRetries?: number | undefined;
  /** Instead of the global one: a proxy's, or a test's. It must obey `signal`, and `redirect: 'manual'`. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * A client of the HTTP API. Amounts and ids are bigint, rates decimal text: no digit passes through a double.
 *
 * @example
 * const ps = new MyLittlePs({ url: 'http://127.0.0.1:3000' });
 * const { WalletID } = await ps.wallets.create({ Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'EUR' });
 */
export class MyLittlePs {
  readonly wallets: ReturnType<typeof walletsOf>;
  readonly currencies: ReturnType<typeof currenciesOf>;
  readonly transactions: ReturnType<typeof transactionsOf>;
  readonly holds: ReturnType<typeof holdsOf>;
  readonly payouts: ReturnType<typeof payoutsOf>;
  readonly operations: ReturnType<typeof operationsOf>;
  readonly webhooks: ReturnType<typeof webhooksOf>;
  readonly keys: ReturnType<typeof keysOf>;
  readonly system: ReturnType<typeof systemOf>;
  /** What requests would come to, with nothing done. */
  readonly tryOut: ReturnType<typeof tryOutsOf>;
  // Private, so that no log of a client shows its key.
  readonly #transport: Transport;

  /** @throws TypeError or RangeError for an option that can't work */
  constructor(options: Options) {
    const transport = transportOf(options);
    this.#transport = transport;
    this.wallets = walletsOf(transport);
    this.currencies = currenciesOf(transport);
    this.transactions = transactionsOf(transport);
    this.holds = holdsOf(transport);
    this.payouts = payoutsOf(transport);
    this.operations = operationsOf(transport);
    this.webhooks = webhooksOf(transport);
    this.keys = keysOf(transport);
    this.system = systemOf(transport);
    this.tryOut = tryOutsOf(transport);
  }

  /** Whether functions, and the database behind them, answer: wakes one that pauses. */
  async health(options?: RequestOptions) {
    return await send(this.#transport, { name: 'GET /health' }, options);
  }

  /** Whether functions run: needs no key, and no database. */
  async live(options?: RequestOptions) {
    return await send(this.#transport, { name: 'GET /live' }, options);
  }
}

function transportOf(options: Options): Transport {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxRetries = DEFAULT_MAX_RETRIES, apiKey } = options;
  const url = new URL(options.url);
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new TypeError('url must be the address of an API, such as https://host/stage');
  checkLimits(timeoutMs, maxRetries);
  if (apiKey !== undefined && !/^[!-~]+$/.test(apiKey))
    throw new TypeError('apiKey has characters that no key has');
  // A browser's fetch wants to be called on nothing but its window.
  const fetchWith: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
  const base = url.href.replace(/\/+$/, '');
  return { url: base, apiKey, timeoutMs, maxRetries, fetch: fetchWith, random: Math.random };
}
