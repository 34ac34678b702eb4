import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Api } from './api.ts';
import type { Scope } from './scopes.ts';
import { may } from './scopes.ts';
import type { KeyInfo } from './shapes.ts';

/** Where the key is kept: for this tab alone, and until it is closed. */
const STORED = 'my-little-ps key';

/** What is kept where the system asks for no key. */
const NO_KEY = '';

/** A tab's key; undefined if nobody signed in. `key` is undefined where the system asks for none. */
export interface Stored {
  readonly key: string | undefined;
}

/** Reads what this tab signed in with. Storage may be forbidden: then a reload signs out. */
export function readStored(): Stored | undefined {
  try {
    const text = sessionStorage.getItem(STORED);
    return text === null ? undefined : { key: text === NO_KEY ? undefined : text };
  } catch {
    return undefined;
  }
}

export function store(stored: Stored | undefined): void {
  try {
    if (stored === undefined) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, stored.key ?? NO_KEY);
  } catch {
    // The page works without.
  }
}

/** Who is signed in, and what they may ask. */
export interface Session {
  readonly api: Api;
  readonly me: KeyInfo;
  readonly signOut: () => void;
}

export const SessionContext = createContext<Session | undefined>(undefined);

/** @throws Error outside of a page that somebody signed in to */
export function useSession(): Session & { readonly may: (scope: Scope) => boolean } {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('nobody is signed in');
  return { ...session, may: (scope) => may(session.me, scope) };
}
