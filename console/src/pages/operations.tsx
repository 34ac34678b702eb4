import { useLoad } from '../load.ts';
import { Section } from '../parts/page.tsx';
import { Empty, Show } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { Amount, PaymentLink, State, Time, WalletLink } from '../parts/values.tsx';
import { href } from '../route.ts';
import type { Operation, OperationsPage, Wallet } from '../shapes.ts';
import { reasonText } from '../words.ts';

/** Operations of a page: what one looks through, and no more. */
const PAGE_SIZE = 50;

/** A wallet's operations, the newest first, with the balance after each. */
export function WalletOperations({
  wallet,
  after,
}: {
  readonly wallet: Wallet;
  readonly after: string | undefined;
}) {
  const { WalletID, CreatedAt, Currency } = wallet;
  // A wallet's first operation is later than the wallet.
  const asked = { from: CreatedAt, order: 'desc', limit: PAGE_SIZE, after };
  const loaded = useLoad<OperationsPage>(
    `operations ${WalletID} ${JSON.stringify(asked)} ${wallet.Balance}`,
    (api, signal) => api.get(`/operations/${WalletID}`, asked, signal),
  );
  return (
    <Section id="operations" title="Operations">
      <Show loaded={loaded} what="the operations">
        {({ Operations, Next }) =>
          Operations.length === 0 ? (
            <Empty>
              {after === undefined ? 'Nothing has happened in this wallet yet.' : 'These were all.'}
            </Empty>
          ) : (
            <>
              <Table
                caption="Operations, the newest first"
                rows={Operations}
                keyOf={({ TransactionId, Position, Number: number }) =>
                  `${TransactionId} ${Position} ${number}`
                }
                columns={columnsOf(Currency)}
              />
              <p class="pages">
                {after !== undefined && <a href={href('wallet', WalletID)}>Newest</a>}
                {Operations.length === PAGE_SIZE && (
                  <a href={href('wallet', WalletID, { after: Next })}>Older ones</a>
                )}
              </p>
            </>
          )
        }
      </Show>
    </Section>
  );
}

const columnsOf = (currency: string) =>
  [
    { name: 'When', cell: ({ ProcessedAt, CreatedAt }: Operation) => <Time of={ProcessedAt ?? CreatedAt} /> },
    {
      name: 'Payment',
      cell: ({ TransactionId }: Operation) => <PaymentLink id={TransactionId} />,
      isHead: true,
    },
    {
      name: 'With',
      cell: ({ CounterpartyId }: Operation) =>
        CounterpartyId === null ? 'outside' : <WalletLink id={CounterpartyId} />,
    },
    {
      name: 'Amount',
      cell: ({ Type, Amount: amount, Currency }: Operation) => (
        <>
          {Type === 'in' ? '+' : '−'}
          <Amount of={amount} currency={Currency} />
        </>
      ),
      isNumber: true,
    },
    {
      name: 'Balance after',
      cell: ({ BalanceAfter }: Operation) =>
        BalanceAfter === null ? '' : <Amount of={BalanceAfter} currency={currency} />,
      isNumber: true,
    },
    {
      name: 'State',
      cell: ({ Status, Reason }: Operation) => (
        <>
          <State of={Status} />
          {Reason !== null && <span class="why"> {reasonText(Reason)}</span>}
        </>
      ),
    },
  ] as const;
