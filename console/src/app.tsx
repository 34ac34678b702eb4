import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { openApi } from './api.ts';
import { Page } from './pages/page.tsx';
import { SignIn } from './pages/sign-in.tsx';
import { firstPage, Navigation, SearchBox } from './parts/nav.tsx';
import { parseRoute, type Route } from './route.ts';
import { may } from './scopes.ts';
import { readStored, type Session, SessionContext, type Stored, store } from './session.ts';
import type { KeyInfo } from './shapes.ts';

/** Where the API is: beside the page, below whatever path that is. */
const ROOT = new URL('.', document.baseURI).href.replace(/\/$/, '');

/** The console: signing in, and then the pages. */
export function App() {
  const [signedIn, setSignedIn] = useState<{ readonly stored: Stored; readonly me: KeyInfo }>();
  const [message, setMessage] = useState('');
  const session = useMemo<Session | undefined>(() => {
    if (signedIn === undefined) return undefined;
    const leave = (why: string) => {
      store(undefined);
      setMessage(why);
      setSignedIn(undefined);
    };
    const expired = () => leave('You were signed out: the key is no longer valid.');
    return {
      api: openApi(ROOT, signedIn.stored.key, expired),
      me: signedIn.me,
      signOut: () => leave('You are signed out. The key was removed from this tab.'),
    };
  }, [signedIn]);
  if (session === undefined)
    return (
      <SignIn
        {...{ root: ROOT, message, stored: readStored() }}
        onSignedIn={(stored, me) => {
          store(stored);
          setMessage('');
          setSignedIn({ stored, me });
        }}
      />
    );
  return (
    <SessionContext.Provider value={session}>
      <Console session={session} />
    </SessionContext.Provider>
  );
}

function Console({ session: { me, signOut } }: { readonly session: Session }) {
  const route = useRoute();
  const begin = firstPage((scope) => may(me, scope));
  useEffect(() => {
    // A key that may not see the overview begins where it may.
    if (/^#?\/?$/.test(location.hash) && begin !== undefined) location.replace(begin);
  }, [begin]);
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to the page
      </button>
      <header class="top">
        <p class="brand">my-little-ps</p>
        <Navigation route={route} />
        {may(me, 'wallets:read') && <SearchBox route={route} />}
        {me.KeyId !== null && (
          <p class="who">
            Key “{me.Name}”{' '}
            <button type="button" onClick={signOut}>
              Sign out
            </button>
          </p>
        )}
      </header>
      <main id="main" tabIndex={-1}>
        <Page key={`${route.page}/${route.id}`} route={route} />
      </main>
    </>
  );
}

/** No link: the part of the address behind `#` says which page is shown, and must not change. */
const skip = (): void => document.getElementById('main')?.focus();

function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  // No address may change between the first drawing and the moment from which changes are heard of.
  useLayoutEffect(() => {
    const change = () => {
      setHash(location.hash);
      scrollTo(0, 0);
    };
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return useMemo(() => parseRoute(hash), [hash]);
}
