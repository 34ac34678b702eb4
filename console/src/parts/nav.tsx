import { useLayoutEffect, useRef } from 'preact/hooks';
import { href, type PageName, type Route } from '../route.ts';
import type { Scope } from '../scopes.ts';
import { useSession } from '../session.ts';

interface Entry {
  readonly page: PageName;
  readonly id?: string;
  readonly name: string;
  /** Any of these. */
  readonly scopes: readonly Scope[];
  /** The pages that belong to it. */
  readonly also?: readonly PageName[];
}

const ENTRIES: readonly Entry[] = [
  { page: 'overview', name: 'Overview', scopes: ['reports:read'] },
  { page: 'groups', name: 'Groups', scopes: ['reports:read'] },
  {
    page: 'wallets',
    name: 'Wallets',
    scopes: ['wallets:read', 'wallets:write'],
    also: ['wallet', 'payment', 'hold'],
  },
  { page: 'act', id: 'transfer', name: 'Move money', scopes: ['operations:write'] },
  {
    page: 'currencies',
    name: 'Currencies',
    scopes: ['wallets:read', 'currencies:write'],
    also: ['currency'],
  },
  { page: 'webhooks', name: 'Webhooks', scopes: ['webhooks'], also: ['webhook'] },
  { page: 'keys', name: 'Keys', scopes: ['admin'] },
];

/** The first page that a key may see. */
export function firstPage(may: (scope: Scope) => boolean): string | undefined {
  const entry = ENTRIES.find(({ scopes }) => scopes.some(may));
  return entry && href(entry.page, entry.id);
}

/** The ways to the pages that the key may see. */
export function Navigation({ route }: { readonly route: Route }) {
  const { may } = useSession();
  return (
    <nav aria-label="Pages">
      <ul>
        {ENTRIES.filter(({ scopes }) => scopes.some(may)).map(({ page, id, name, also = [] }) => {
          const isHere = page === route.page || also.some((other) => other === route.page);
          return (
            <li key={page}>
              <a href={href(page, id)} aria-current={isHere ? 'page' : undefined}>
                {name}
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, textarea, select');

/** The search, which `/` puts the cursor into from anywhere. */
export function SearchBox({ route }: { readonly route: Route }) {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      input.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <search class="find">
      <form
        class="find-form"
        onSubmit={(event) => {
          event.preventDefault();
          const text = input.current?.value.trim() ?? '';
          if (text !== '') location.hash = href('search', '', { q: text });
        }}
      >
        <label for="search-text" class="find-label">
          Find a payment or wallet
        </label>
        <input
          {...{ id: 'search-text', type: 'search', ref: input, autocomplete: 'off' }}
          defaultValue={route.page === 'search' ? route.query['q'] : ''}
          placeholder="Id, reference, wallet number (press /)"
          aria-keyshortcuts="/"
        />
        <button type="submit">Find</button>
      </form>
    </search>
  );
}
