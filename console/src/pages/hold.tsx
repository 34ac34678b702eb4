import { useLoad } from '../load.ts';
import { Facts, PageTitle, Section } from '../parts/page.tsx';
import { Show } from '../parts/states.tsx';
import { Amount, State, Time, WalletLink } from '../parts/values.tsx';
import { href } from '../route.ts';
import { useSession } from '../session.ts';
import type { Hold } from '../shapes.ts';

/** An amount that is kept back, and what can be done about it. */
export function HoldPage({ id }: { readonly id: string }) {
  const loaded = useLoad<Hold>(`hold ${id}`, (api, signal) =>
    api.get(`/hold/${encodeURIComponent(id)}`, {}, signal),
  );
  return (
    <>
      <PageTitle>Hold</PageTitle>
      <Show loaded={loaded} what="the hold">
        {(hold) => (
          <Section
            id="about"
            title={hold.Kind === 'payout' ? 'A payout that waits for the bank' : 'An amount kept back'}
          >
            <p class="large">
              <Amount of={hold.Amount} currency={hold.Currency} /> in <WalletLink id={hold.WalletId} />
            </p>
            <Facts
              of={[
                ['Id', <code key="id">{hold.HoldId}</code>],
                ['State', <State key="state" of={hold.Status} />],
                ['Captured', <Amount key="captured" of={hold.Captured} currency={hold.Currency} />],
                ['Left', <Amount key="left" of={hold.Remaining} currency={hold.Currency} />],
                ['Requested', <Time key="since" of={hold.CreatedAt} />],
                [
                  'Ends by itself',
                  hold.ExpiresAt === null ? 'never' : <Time key="until" of={hold.ExpiresAt} />,
                ],
              ]}
            />
            <Offers hold={hold} />
          </Section>
        )}
      </Show>
    </>
  );
}

function Offers({ hold: { HoldId, Kind, Status } }: { readonly hold: Hold }) {
  const { may } = useSession();
  if (!may('operations:write') || Status !== 'active') return null;
  const offers =
    Kind === 'payout'
      ? ([
          ['confirm', 'Confirm the payout'],
          ['cancel', 'Cancel the payout'],
        ] as const)
      : ([
          ['capture', 'Capture'],
          ['release', 'Release'],
        ] as const);
  return (
    <p class="buttons">
      {offers.map(([kind, name]) => (
        <a key={kind} class="button" href={href('act', kind, { about: HoldId })}>
          {name}
        </a>
      ))}
    </p>
  );
}
