import { useEffect } from 'preact/hooks';
import { type Api, ApiError } from '../api.ts';
import { useLoad } from '../load.ts';
import { PageTitle } from '../parts/page.tsx';
import { Empty, Show } from '../parts/states.tsx';
import { State, Time } from '../parts/values.tsx';
import { href } from '../route.ts';
import { type Kind, kindsOf, walletNumber } from '../search.ts';
import type { Hold, Transaction, Wallet } from '../shapes.ts';

/** Payments of one reference or correlation id that are shown. */
const MAX_PAYMENTS = 20;

/** Something that a text may mean. */
interface Found {
  readonly address: string;
  readonly name: string;
  readonly says: string;
  readonly state: string;
  readonly at: string;
}

/** Looks a text up in all ways that it may be meant. With one result, it goes there at once. */
export function SearchPage({ text }: { readonly text: string }) {
  const loaded = useLoad<readonly Found[]>(`search ${text}`, (api, signal) => find(api, text, signal));
  const only = loaded.value?.length === 1 ? loaded.value[0]?.address : undefined;
  useEffect(() => {
    if (only !== undefined) location.replace(only);
  }, [only]);
  return (
    <>
      <PageTitle>Search</PageTitle>
      <Show loaded={loaded} what="what may be meant">
        {(found) =>
          found.length === 0 ? (
            <Empty>
              Nothing has the id, reference or number “{text}”. A reference must be typed as a whole; so must
              an id.
            </Empty>
          ) : (
            <>
              <p role="status">
                {found.length} found for “{text}”.
              </p>
              <ul class="results">
                {found.map(({ address, name, says, state, at }) => (
                  <li key={address}>
                    <a href={address}>{name}</a> <State of={state} />
                    <p>
                      {says}, <Time of={at} />
                    </p>
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Show>
    </>
  );
}

/** What is found in one way is worth showing though another way failed; only without any, the failure is the answer. */
async function find(api: Api, text: string, signal: AbortSignal): Promise<readonly Found[]> {
  const typed = text.trim();
  const looked = await Promise.allSettled(kindsOf(typed).map((kind) => lookUp(api, kind, typed, signal)));
  const found = looked.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const failure = looked.find((each) => each.status === 'rejected');
  if (found.length === 0 && failure !== undefined) throw failure.reason;
  return [...new Map(found.map((each) => [each.address, each])).values()];
}

async function lookUp(api: Api, kind: Kind, typed: string, signal: AbortSignal): Promise<readonly Found[]> {
  switch (kind) {
    case 'transaction':
      return await ifAny(async () => [payment(await api.get(`/transaction/${typed}`, {}, signal))]);
    case 'hold':
      return await ifAny(async () => [hold(await api.get(`/hold/${typed}`, {}, signal))]);
    case 'wallet':
      return await ifAny(async () => [wallet(await api.get(`/wallet/${walletNumber(typed)}`, {}, signal))]);
    case 'wallet reference': {
      const { Wallets } = await api.get<{ Wallets: readonly Wallet[] }>(
        '/wallets',
        { reference: typed },
        signal,
      );
      return Wallets.map(wallet);
    }
    case 'reference':
      return await payments(api, { reference: typed }, signal);
    case 'correlation id':
      return await payments(api, { correlationId: typed }, signal);
  }
}

async function payments(
  api: Api,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const asked = { ...query, limit: MAX_PAYMENTS };
  const { Transactions } = await api.get<{ Transactions: readonly Transaction[] }>(
    '/transactions',
    asked,
    signal,
  );
  return Transactions.map(payment);
}

/** Nothing, where the API says that there is no such thing. */
async function ifAny(look: () => Promise<readonly Found[]>): Promise<readonly Found[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

const payment = ({ TransactionId, Status, Reference, CreatedAt }: Transaction): Found => ({
  ...{
    address: href('payment', TransactionId),
    name: `Payment ${TransactionId}`,
    state: Status,
    at: CreatedAt,
  },
  says: Reference === undefined ? 'A payment' : `Reference ${Reference}`,
});

const hold = ({ HoldId, Status, WalletId, CreatedAt }: Hold): Found => ({
  ...{ address: href('hold', HoldId), name: `Hold ${HoldId}`, state: Status, at: CreatedAt },
  says: `In wallet ${WalletId}`,
});

const wallet = ({ WalletID, Name, Status, Currency, CreatedAt }: Wallet): Found => ({
  ...{ address: href('wallet', WalletID), name: `Wallet ${WalletID}`, state: Status, at: CreatedAt },
  says: `${Name}, ${Currency}`,
});
