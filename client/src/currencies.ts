import type { Api, PastRate } from '../generated/api.ts';
import { JsonNumber } from './json.ts';
import { type Pages, pagesOf } from './pages.ts';
import { type PostOptions, send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';

/** USD per unit as decimal text, such as `1.093809`. */
export type Rates = Readonly<Record<string, string>>;

type List = Api['GET /currency/{currency}/rates'];

/** A JSON number without exponent. */
const DECIMAL = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;

export const currenciesOf = (transport: Transport) => ({
  /**
   * Sets the rates of currencies; the others keep theirs.
   *
   * @throws TypeError for a rate that is no decimal text
   */
  update: async (rates: Rates, options?: PostOptions): Promise<void> => {
    const Rates = Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, rateOf(name, rate)]));
    await send(transport, { name: 'POST /update_currencies', body: { Rates } }, options);
  },

  /** All currencies with their rates, as decimal text. */
  list: async (options?: RequestOptions): Promise<Api['GET /currencies']['reply']['Currencies']> =>
    (await send(transport, { name: 'GET /currencies' }, options)).Currencies,

  /** The rates that a currency had, the newest first, as decimal text. */
  history: (
    { currency, ...query }: { readonly currency: string } & List['query'],
    options?: RequestOptions,
  ): Pages<PastRate, List['reply']> =>
    pagesOf({
      read: async (to) => {
        const path = { currency };
        const page = to === undefined ? query : { ...query, to: String(to) };
        return await send(transport, { name: 'GET /currency/{currency}/rates', path, query: page }, options);
      },
      itemsOf: ({ Rates }) => Rates,
      nextOf: ({ Next }) => Next ?? undefined,
    }),

  /** What an amount is in another currency, rounded down to the millionth. */
  convert: async (
    { Amount, From, To }: { readonly Amount: bigint; readonly From: string; readonly To: string },
    options?: RequestOptions,
  ): Promise<Api['GET /convert_amount/{amount}/{from}/{to}']['reply']> => {
    const path = { amount: Amount, from: From, to: To };
    return await send(transport, { name: 'GET /convert_amount/{amount}/{from}/{to}', path }, options);
  },
});

function rateOf(name: string, rate: string): JsonNumber {
  if (typeof rate === 'string' && DECIMAL.test(rate)) return new JsonNumber(rate);
  throw new TypeError(`the rate of ${name} must be decimal text, such as '1.093809'`);
}
