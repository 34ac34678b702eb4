import type { Api, History, PastBalance, Wallet, WalletRules } from '../generated/api.ts';
import { alertsOf } from './alerts.ts';
import { type Pages, pagesOf } from './pages.ts';
import { type PostOptions, send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';

type List = Api['GET /wallets'];

export const walletsOf = (transport: Transport) => ({
  /** Opens a wallet. */
  create: async (
    body: Api['POST /wallet']['body'],
    options?: PostOptions,
  ): Promise<Api['POST /wallet']['reply']> => await send(transport, { name: 'POST /wallet', body }, options),

  /** A wallet as it is now, or its balance at a moment that is over. */
  get: getterOf(transport),

  /** A wallet's balance over a period, from at most `points` points: 500 if missing. */
  history: async (
    { walletId, ...query }: { readonly walletId: bigint } & Api['GET /wallet/{walletId}/history']['query'],
    options?: RequestOptions,
  ): Promise<History> =>
    await send(transport, { name: 'GET /wallet/{walletId}/history', path: { walletId }, query }, options),

  /** Freezes a wallet for what comes in, what goes out, or both: that is declined from then on. */
  freeze: async (
    walletId: bigint,
    body: Api['POST /wallet/{walletId}/freeze']['body'] = {},
    options?: PostOptions,
  ): Promise<WalletRules> =>
    await send(transport, { name: 'POST /wallet/{walletId}/freeze', path: { walletId }, body }, options),

  /** Ends that, for one direction or both. */
  unfreeze: async (
    walletId: bigint,
    body: Api['POST /wallet/{walletId}/unfreeze']['body'] = {},
    options?: PostOptions,
  ): Promise<WalletRules> =>
    await send(transport, { name: 'POST /wallet/{walletId}/unfreeze', path: { walletId }, body }, options),

  /** Closes an empty wallet for good. */
  close: async (walletId: bigint, options?: PostOptions): Promise<WalletRules> =>
    await send(transport, { name: 'POST /wallet/{walletId}/close', path: { walletId }, body: {} }, options),

  rename: async (walletId: bigint, Name: string, options?: PostOptions): Promise<WalletRules> =>
    await send(
      transport,
      { name: 'POST /wallet/{walletId}/rename', path: { walletId }, body: { Name } },
      options,
    ),

  /** Changes limits: what is missing stays as it is, null removes a limit. */
  limit: async (
    walletId: bigint,
    body: Api['POST /wallet/{walletId}/limits']['body'],
    options?: PostOptions,
  ): Promise<WalletRules> =>
    await send(transport, { name: 'POST /wallet/{walletId}/limits', path: { walletId }, body }, options),

  ...alertsOf(transport),

  /** All wallets, by id. */
  list: (query: List['query'] = {}, options?: RequestOptions): Pages<Wallet, List['reply']> =>
    pagesOf({
      read: async (after = query.after) =>
        await send(transport, { name: 'GET /wallets', query: { ...query, after } }, options),
      itemsOf: ({ Wallets }) => Wallets,
      nextOf: ({ Next }) => Next ?? undefined,
    }),
});

/** Which reply comes depends on `at`. */
interface WalletGetter {
  (walletId: bigint, options?: RequestOptions & { readonly at?: undefined }): Promise<Wallet>;
  (walletId: bigint, options: RequestOptions & { readonly at: string }): Promise<PastBalance>;
}

const getterOf = (transport: Transport) =>
  (async (walletId: bigint, { at, ...options }: RequestOptions & { readonly at?: string } = {}) =>
    await send(
      transport,
      { name: 'GET /wallet/{walletId}', path: { walletId }, query: { at } },
      options,
    )) as WalletGetter;
