import { useLayoutEffect, useState } from 'preact/hooks';
import { NewWallet } from '../forms/new-wallet.tsx';
import { useLoad } from '../load.ts';
import { PageTitle } from '../parts/page.tsx';
import { Empty, Show } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { Amount, State, WalletLink } from '../parts/values.tsx';
import { href, type Route } from '../route.ts';
import { useSession } from '../session.ts';
import type { WalletsPage as Page } from '../shapes.ts';

/** Wallets of a page: what one looks through, and no more. */
const PAGE_SIZE = 50;

const STATUSES = ['active', 'frozen', 'closed'] as const;

/** The filters, as the API calls them. */
const FILTERS = ['status', 'currency', 'owner', 'reference'] as const;

type Filters = Readonly<Record<(typeof FILTERS)[number], string>>;

const filtersOf = (query: Route['query']): Filters => ({
  status: query['status'] ?? '',
  currency: query['currency'] ?? '',
  owner: query['owner'] ?? '',
  reference: query['reference'] ?? '',
});

/** The wallets, narrowed down by what the address says, and a form that opens one. */
export function WalletsPage({ query }: { readonly query: Route['query'] }) {
  const { may } = useSession();
  const [count, setCount] = useState(0);
  const canOpen = may('wallets:write');
  const isOpening = canOpen && (query['new'] === 'yes' || !may('wallets:read'));
  return (
    <>
      <PageTitle
        actions={
          canOpen &&
          !isOpening && (
            <a class="button" href={href('wallets', '', { new: 'yes' })}>
              Open a wallet
            </a>
          )
        }
      >
        Wallets
      </PageTitle>
      {isOpening && <NewWallet onOpened={() => setCount((before) => before + 1)} />}
      {may('wallets:read') && <WalletList key={count} query={query} />}
    </>
  );
}

function WalletList({ query }: { readonly query: Route['query'] }) {
  const filters = filtersOf(query);
  const after = query['after'];
  const asked = { ...filters, after, limit: PAGE_SIZE };
  const loaded = useLoad<Page>(`wallets ${JSON.stringify(asked)}`, (api, signal) =>
    api.get('/wallets', asked, signal),
  );
  const isNarrowed = FILTERS.some((name) => filters[name] !== '');
  return (
    <>
      <FilterForm filters={filters} />
      <Show loaded={loaded} what="the wallets">
        {({ Wallets, Next }) =>
          Wallets.length === 0 ? (
            <Empty>
              {isNarrowed || after !== undefined
                ? 'No wallet fits. Take a filter away.'
                : 'There is no wallet yet. “Open a wallet” makes the first one.'}
            </Empty>
          ) : (
            <>
              <Table
                caption="Wallets, by their numbers"
                rows={Wallets}
                keyOf={({ WalletID }) => String(WalletID)}
                columns={[
                  { name: 'Number', cell: ({ WalletID }) => <WalletLink id={WalletID} />, isHead: true },
                  { name: 'Name', cell: ({ Name }) => Name },
                  { name: 'Place', cell: ({ City, Country }) => `${City}, ${Country}` },
                  {
                    name: 'Balance',
                    cell: ({ Balance, Currency }) => <Amount of={Balance} currency={Currency} />,
                    isNumber: true,
                  },
                  { name: 'State', cell: ({ Status }) => <State of={Status} /> },
                ]}
              />
              <p class="pages">
                {after !== undefined && <a href={href('wallets', '', filters)}>First page</a>}
                {Next !== null && (
                  <a href={href('wallets', '', { ...filters, after: String(Next) })}>Next page</a>
                )}
              </p>
            </>
          )
        }
      </Show>
    </>
  );
}

function FilterForm({ filters }: { readonly filters: Filters }) {
  const [typed, setTyped] = useState(filters);
  useLayoutEffect(() => setTyped(filters), [JSON.stringify(filters)]);
  const text = (name: 'currency' | 'owner' | 'reference', label: string) => (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <input
        {...{ id: `filter-${name}`, type: 'text', autocomplete: 'off', value: typed[name] }}
        onInput={({ currentTarget }) => setTyped({ ...typed, [name]: currentTarget.value })}
      />
    </div>
  );
  return (
    <form
      class="filters"
      aria-label="Filters"
      onSubmit={(event) => {
        event.preventDefault();
        location.hash = href('wallets', '', { ...typed, currency: typed.currency.trim().toUpperCase() });
      }}
    >
      <div class="field">
        <label for="filter-status">State</label>
        <select
          id="filter-status"
          value={typed.status}
          onChange={({ currentTarget }) => setTyped({ ...typed, status: currentTarget.value })}
        >
          <option value="">any</option>
          {STATUSES.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
      </div>
      {text('currency', 'Currency')}
      {text('owner', 'Owner')}
      {text('reference', 'Reference')}
      <button type="submit">Show</button>
      {FILTERS.some((name) => filters[name] !== '') && <a href={href('wallets')}>Show all</a>}
    </form>
  );
}
