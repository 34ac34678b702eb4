import { WalletRules } from '../forms/wallet-rules.tsx';
import { useLoad } from '../load.ts';
import { Facts, PageTitle, Section } from '../parts/page.tsx';
import { Show } from '../parts/states.tsx';
import { Amount, State, Time } from '../parts/values.tsx';
import { href, type Route } from '../route.ts';
import { useSession } from '../session.ts';
import type { Wallet } from '../shapes.ts';
import { FROZEN } from '../words.ts';
import { BalanceHistory } from './history.tsx';
import { WalletHolds } from './holds.tsx';
import { WalletOperations } from './operations.tsx';
import { Statement } from './statement.tsx';

/** A wallet: what it has, how that came to be, and what can be done with it. */
export function WalletPage({ id, query }: { readonly id: string; readonly query: Route['query'] }) {
  const { may } = useSession();
  const loaded = useLoad<Wallet>(`wallet ${id}`, (api, signal) =>
    api.get(`/wallet/${encodeURIComponent(id)}`, {}, signal),
  );
  return (
    <>
      <PageTitle>{`Wallet ${id}`}</PageTitle>
      <Show loaded={loaded} what="the wallet">
        {(wallet) => (
          <>
            <div class="tiles">
              <About wallet={wallet} />
              <Limits wallet={wallet} />
              {may('wallets:write') && <WalletRules wallet={wallet} onChanged={loaded.reload} />}
            </div>
            {may('reports:read') && (
              <>
                <BalanceHistory wallet={wallet} />
                <WalletOperations wallet={wallet} after={query['after']} />
                <Statement walletId={wallet.WalletID} />
              </>
            )}
            <WalletHolds walletId={wallet.WalletID} after={query['holdsAfter']} />
          </>
        )}
      </Show>
    </>
  );
}

function About({ wallet }: { readonly wallet: Wallet }) {
  const { may } = useSession();
  const { WalletID, Currency, Status, Frozen, OwnerId, Reference, Description } = wallet;
  const filled = { WalletId: String(WalletID), OriginWalletId: String(WalletID), Currency };
  return (
    <Section id="about" title={wallet.Name}>
      <p class="large">
        <Amount of={wallet.Balance} currency={Currency} />
      </p>
      <Facts
        of={[
          ['Can be spent', <Amount key="available" of={wallet.Available} currency={Currency} />],
          [
            'State',
            <>
              <State of={Status} />
              {Frozen !== null && ` ${FROZEN[Frozen] ?? ''}`}
            </>,
          ],
          ['Place', `${wallet.City}, ${wallet.Country}`],
          ['Opened', <Time key="opened" of={wallet.CreatedAt} />],
          ['Group', String(wallet.Group)],
          ...(OwnerId === undefined ? [] : ([['Owner', OwnerId]] as const)),
          ...(Reference === undefined ? [] : ([['Reference', Reference]] as const)),
          ...(Description === undefined ? [] : ([['Description', Description]] as const)),
        ]}
      />
      {may('operations:write') && Status !== 'closed' && (
        <p class="buttons">
          {(
            [
              ['receive', 'Pay in'],
              ['transfer', 'Transfer'],
              ['send', 'Send out'],
              ['hold', 'Hold'],
            ] as const
          ).map(([kind, name]) => (
            <a key={kind} class="button" href={href('act', kind, filled)}>
              {name}
            </a>
          ))}
        </p>
      )}
    </Section>
  );
}

function Limits({ wallet }: { readonly wallet: Wallet }) {
  const { Currency, CreditLimit, BalanceLimit, SpendLimits } = wallet;
  const limit = (amount: bigint | null | undefined) =>
    amount === null || amount === undefined ? 'none' : <Amount of={amount} currency={Currency} />;
  const spent = (amount: bigint, of: bigint | null) => (
    <>
      <Amount of={amount} currency={Currency} /> of {limit(of)}
    </>
  );
  return (
    <Section id="limits" title="Limits">
      <Facts
        of={[
          ['Credit', limit(CreditLimit === 0n ? null : CreditLimit)],
          ['Largest balance', limit(BalanceLimit)],
          ['Spending at once', limit(SpendLimits?.PerOperation)],
          ['Spent today', SpendLimits ? spent(SpendLimits.SpentToday, SpendLimits.PerDay) : 'no limit'],
          [
            'Spent this month',
            SpendLimits ? spent(SpendLimits.SpentThisMonth, SpendLimits.PerMonth) : 'no limit',
          ],
        ]}
      />
    </Section>
  );
}
