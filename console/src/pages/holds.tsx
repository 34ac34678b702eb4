import { useLoad } from '../load.ts';
import { Section } from '../parts/page.tsx';
import { Empty, Show } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { Amount, State, Time } from '../parts/values.tsx';
import { href } from '../route.ts';
import type { Hold } from '../shapes.ts';

/** Holds of a page. */
const PAGE_SIZE = 20;

interface HoldsPage {
  readonly Holds: readonly Hold[];
  readonly Next: bigint | null;
}

/** The holds of a wallet. */
export function WalletHolds({
  walletId,
  after,
}: {
  readonly walletId: bigint;
  readonly after: string | undefined;
}) {
  const asked = { status: 'all', limit: PAGE_SIZE, after };
  const loaded = useLoad<HoldsPage>(`holds ${walletId} ${after}`, (api, signal) =>
    api.get(`/holds/${walletId}`, asked, signal),
  );
  return (
    <Section id="holds" title="Holds">
      <Show loaded={loaded} what="the holds">
        {({ Holds, Next }) =>
          Holds.length === 0 ? (
            <Empty>Nothing was put on hold in this wallet.</Empty>
          ) : (
            <>
              <Table
                caption="Amounts that are or were kept back"
                rows={Holds}
                keyOf={({ HoldId }) => HoldId}
                columns={[
                  { name: 'Since', cell: ({ CreatedAt }) => <Time of={CreatedAt} /> },
                  {
                    name: 'Hold',
                    cell: ({ HoldId, Kind }) => (
                      <a href={href('hold', HoldId)} title={HoldId}>
                        {Kind === 'payout' ? 'Payout' : 'Hold'} …{HoldId.slice(-8)}
                      </a>
                    ),
                    isHead: true,
                  },
                  {
                    name: 'Amount',
                    cell: ({ Amount: amount, Currency }) => <Amount of={amount} currency={Currency} />,
                    isNumber: true,
                  },
                  { name: 'Left', cell: ({ Remaining }) => <Amount of={Remaining} />, isNumber: true },
                  { name: 'State', cell: ({ Status }) => <State of={Status} /> },
                ]}
              />
              {Next !== null && (
                <p class="pages">
                  <a href={href('wallet', walletId, { holdsAfter: String(Next) })}>More holds</a>
                </p>
              )}
            </>
          )
        }
      </Show>
    </Section>
  );
}
