/** The pages, by the first part of an address. */
const PAGES = [
  'overview',
  'groups',
  'wallets',
  'wallet',
  'payment',
  'hold',
  'search',
  'currencies',
  'currency',
  'keys',
  'webhooks',
  'webhook',
  'act',
] as const;

export type PageName = (typeof PAGES)[number];

/** The pages that are about one thing, whose id is the second part. */
const WITH_ID: ReadonlySet<PageName> = new Set(['wallet', 'payment', 'hold', 'currency', 'webhook', 'act']);

/** Where somebody is: a page, the id of what it is about, and what it is narrowed down to. */
export interface Route {
  readonly page: PageName | 'unknown';
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Reads the part of an address behind the `#`, such as `#/wallet/7?from=2026-01-01`. Nothing is the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const [first = '', second = '', ...others] = path.split('/');
  const query = Object.fromEntries(new URLSearchParams(search));
  const page = PAGES.find((name) => name === (first === '' ? 'overview' : first));
  const id = decoded(second);
  const isWhole = page !== undefined && others.length === 0 && WITH_ID.has(page) === (second !== '');
  return isWhole && id !== undefined ? { page, id, query } : { page: 'unknown', id: '', query: {} };
}

/** The address of a page. What is empty or undefined in the query is left out. */
export function href(
  page: PageName,
  id: string | bigint = '',
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const filled = Object.entries(query).filter(
    (field): field is [string, string] => field[1] !== undefined && field[1] !== '',
  );
  const search = filled.length === 0 ? '' : `?${new URLSearchParams(filled)}`;
  return `#/${page}${id === '' ? '' : `/${encodeURIComponent(String(id))}`}${search}`;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
