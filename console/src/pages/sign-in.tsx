import { useEffect, useState } from 'preact/hooks';
import { openApi } from '../api.ts';
import { Failed } from '../parts/states.tsx';
import type { Stored } from '../session.ts';
import type { KeyInfo } from '../shapes.ts';

interface Props {
  readonly root: string;
  /** Why somebody is here again. */
  readonly message: string;
  /** What this tab signed in with before it was loaded again. */
  readonly stored: Stored | undefined;
  readonly onSignedIn: (stored: Stored, me: KeyInfo) => void;
}

/** Asks the system who a key belongs to: also whether it asks for a key at all. */
const whoIs = async (root: string, key: string | undefined): Promise<KeyInfo> =>
  await openApi(root, key, () => {}).get<KeyInfo>('/key');

/** Asks for a key, and for nothing where the system asks for none. */
export function SignIn({ root, message, stored, onSignedIn }: Props) {
  const [error, setError] = useState<Error>();
  // Before it is known whether a key is needed, nobody is asked for one.
  const [isLooking, setIsLooking] = useState(true);
  const [isAsking, setIsAsking] = useState(false);
  const ask = async (asked: string | undefined): Promise<void> => {
    setIsAsking(true);
    setError(undefined);
    try {
      onSignedIn({ key: asked }, await whoIs(root, asked));
    } catch (failure) {
      setError(failure as Error);
      setIsAsking(false);
      setIsLooking(false);
    }
  };
  const look = async (): Promise<void> => {
    try {
      onSignedIn({ key: undefined }, await whoIs(root, undefined));
      return;
    } catch (failure) {
      // Without a key, a system that asks for one says no more than that.
      if ((failure as { status?: number }).status !== 401) setError(failure as Error);
    }
    setIsLooking(false);
  };
  useEffect(() => {
    document.title = 'Sign in · my-little-ps';
    void (stored === undefined ? look() : ask(stored.key));
  }, []);
  return (
    <main class="start">
      <h1>my-little-ps</h1>
      {message !== '' && (
        <p role="status" class="note busy">
          {message}
        </p>
      )}
      {error && <Failed error={error} />}
      {isLooking ? (
        <p class="loading">One moment …</p>
      ) : (
        <KeyForm isAsking={isAsking} onKey={(key) => void ask(key)} />
      )}
    </main>
  );
}

function KeyForm({ isAsking, onKey }: { readonly isAsking: boolean; readonly onKey: (key: string) => void }) {
  const [key, setKey] = useState('');
  return (
    <form
      aria-label="Sign in"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() !== '') onKey(key.trim());
      }}
    >
      <div class="field">
        <label for="key">API key</label>
        <input
          {...{ id: 'key', type: 'password', autocomplete: 'off', spellcheck: false, required: true }}
          aria-describedby="key-hint"
          value={key}
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
        <p class="hint" id="key-hint">
          It begins with mlps_ and stays in this tab: closing the tab removes it.
        </p>
      </div>
      <button type="submit" class="primary" disabled={isAsking}>
        {isAsking ? 'One moment …' : 'Sign in'}
      </button>
    </form>
  );
}
