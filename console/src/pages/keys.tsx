import { useState } from 'preact/hooks';
import { NewKey } from '../forms/new-key.tsx';
import { useSend } from '../forms/send.ts';
import { useLoad } from '../load.ts';
import { PageTitle } from '../parts/page.tsx';
import { Empty, Failed, Show } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { State, Time } from '../parts/values.tsx';
import type { ApiKey } from '../shapes.ts';

/** Keys that are shown at once: good ones come first. A thousand, each with its form, would take a second to lay out. */
const FIRST_KEYS = 100;

/** The API keys: who may do what. */
export function KeysPage() {
  const [isWhole, setIsWhole] = useState(false);
  const loaded = useLoad<{ readonly Keys: readonly ApiKey[] }>('keys', (api, signal) =>
    api.get('/keys', {}, signal),
  );
  return (
    <>
      <PageTitle>Keys</PageTitle>
      <NewKey onMade={loaded.reload} />
      <Show loaded={loaded} what="the keys">
        {({ Keys }) =>
          Keys.length === 0 ? (
            <Empty>There is no key yet.</Empty>
          ) : (
            <>
              <Table
                caption="Keys, and what each may do"
                rows={isWhole ? Keys : Keys.slice(0, FIRST_KEYS)}
                keyOf={({ KeyId }) => KeyId}
                columns={[
                  { name: 'Name', cell: ({ Name }) => Name, isHead: true },
                  { name: 'State', cell: ({ Status }) => <State of={Status} /> },
                  { name: 'May', cell: ({ Scopes }) => Scopes.join(', ') },
                  {
                    name: 'Ends',
                    cell: ({ ExpiresAt }) => (ExpiresAt === null ? 'never' : <Time of={ExpiresAt} />),
                  },
                  {
                    name: 'Last used',
                    cell: ({ LastUsedAt }) => (LastUsedAt ? <Time of={LastUsedAt} /> : 'never'),
                  },
                  { name: 'Change', cell: (key) => <Change apiKey={key} onChanged={loaded.reload} /> },
                ]}
              />
              {!isWhole && Keys.length > FIRST_KEYS && (
                <button type="button" onClick={() => setIsWhole(true)}>
                  Show all {Keys.length}
                </button>
              )}
            </>
          )
        }
      </Show>
    </>
  );
}

/** Limits or revokes a key. Revoking asks once more: nothing brings a key back. */
function Change({ apiKey, onChanged }: { readonly apiKey: ApiKey; readonly onChanged: () => void }) {
  const { KeyId, Name, Status, RequestsPerSecond } = apiKey;
  const [isSure, setIsSure] = useState(false);
  const [limit, setLimit] = useState(String(RequestsPerSecond ?? ''));
  const { isSending, error, send } = useSend(onChanged);
  if (Status !== 'active') return null;
  return (
    <div class="change">
      <form
        class="change-limit"
        onSubmit={(event) => {
          event.preventDefault();
          send(`/key/${KeyId}/limit`, { RequestsPerSecond: limit.trim() === '' ? null : Number(limit) });
        }}
      >
        <label>
          Requests a second{' '}
          <input
            {...{ type: 'number', min: 1, step: 1, value: limit, placeholder: 'any' }}
            onInput={({ currentTarget }) => setLimit(currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={isSending} aria-label={`Limit ${Name}`}>
          Limit
        </button>
      </form>
      <button
        type="button"
        disabled={isSending}
        aria-label={isSure ? `Yes, revoke ${Name}` : `Revoke ${Name}`}
        onClick={() => (isSure ? send(`/key/${KeyId}/revoke`, {}) : setIsSure(true))}
      >
        {isSure ? 'Yes, revoke it for good' : 'Revoke'}
      </button>
      {error && <Failed error={error} />}
    </div>
  );
}
