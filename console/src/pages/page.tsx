import { PageTitle } from '../parts/page.tsx';
import { Empty } from '../parts/states.tsx';
import { href, type PageName, type Route } from '../route.ts';
import type { Scope } from '../scopes.ts';
import { useSession } from '../session.ts';
import { ActPage } from './act.tsx';
import { CurrenciesPage } from './currencies.tsx';
import { CurrencyPage } from './currency.tsx';
import { GroupsPage } from './groups.tsx';
import { HoldPage } from './hold.tsx';
import { KeysPage } from './keys.tsx';
import { OverviewPage } from './overview.tsx';
import { PaymentPage } from './payment.tsx';
import { SearchPage } from './search.tsx';
import { WalletPage } from './wallet.tsx';
import { WalletsPage } from './wallets.tsx';
import { WebhookPage } from './webhook.tsx';
import { WebhooksPage } from './webhooks.tsx';

/** What a key must be good for to see each page. */
const NEEDED: Readonly<Record<PageName, Scope | readonly Scope[]>> = {
  overview: 'reports:read',
  groups: 'reports:read',
  wallets: ['wallets:read', 'wallets:write'],
  wallet: 'wallets:read',
  // With either: the whole story, or what became of it.
  payment: ['reports:read', 'wallets:read'],
  hold: 'wallets:read',
  search: 'wallets:read',
  currencies: ['wallets:read', 'currencies:write'],
  currency: 'wallets:read',
  keys: 'admin',
  webhooks: 'webhooks',
  webhook: 'webhooks',
  act: 'operations:write',
};

/** The page of an address, if the key may see it. */
export function Page({ route }: { readonly route: Route }) {
  const { may } = useSession();
  if (route.page === 'unknown')
    return (
      <>
        <PageTitle>No such page</PageTitle>
        <Empty>
          This address leads nowhere. Choose a page above
          {may('reports:read') && (
            <>
              , or go to the <a href={href('overview')}>overview</a>
            </>
          )}
          .
        </Empty>
      </>
    );
  if (![NEEDED[route.page]].flat().some(may))
    return (
      <>
        <PageTitle>Not for this key</PageTitle>
        <Empty>The key that you signed in with may not see this page. Choose another one above.</Empty>
      </>
    );
  return pageOf(route, route.page);
}

function pageOf(route: Route, page: PageName) {
  const { id, query } = route;
  switch (page) {
    case 'overview':
      return <OverviewPage />;
    case 'groups':
      return <GroupsPage />;
    case 'wallets':
      return <WalletsPage query={query} />;
    case 'wallet':
      return <WalletPage id={id} query={query} />;
    case 'payment':
      return <PaymentPage id={id} />;
    case 'hold':
      return <HoldPage id={id} />;
    case 'search':
      return <SearchPage text={query['q'] ?? ''} />;
    case 'currencies':
      return <CurrenciesPage />;
    case 'currency':
      return <CurrencyPage name={id} />;
    case 'keys':
      return <KeysPage />;
    case 'webhooks':
      return <WebhooksPage />;
    case 'webhook':
      return <WebhookPage id={id} />;
    case 'act':
      return <ActPage name={id} query={query} />;
  }
}
