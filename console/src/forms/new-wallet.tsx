import { useState } from 'preact/hooks';
import { Failed, Result } from '../parts/states.tsx';
import { WalletLink } from '../parts/values.tsx';
import { href } from '../route.ts';
import { useSession } from '../session.ts';
import { FieldRow } from './fields.tsx';
import { type Field, readForm, type Typed } from './kinds.ts';
import { useSend } from './send.ts';

const FIELDS: readonly Field[] = [
  { name: 'Name', label: 'Name', kind: 'text', hint: 'Whose wallet it is.' },
  { name: 'Country', label: 'Country', kind: 'text' },
  { name: 'City', label: 'City', kind: 'text' },
  { name: 'Currency', label: 'Currency', kind: 'currency', hint: 'Such as USD. It can’t be changed later.' },
  {
    ...{ name: 'Reference', label: 'Reference', kind: 'text', isOptional: true },
    hint: 'What you know the wallet by.',
  },
];

/** A form that opens a wallet. */
export function NewWallet({ onOpened }: { readonly onOpened: () => void }) {
  const [count, setCount] = useState(0);
  return (
    <section class="card narrow" aria-labelledby="new-wallet">
      <h2 id="new-wallet">Open a wallet</h2>
      <Form key={count} onOpened={onOpened} onAnother={() => setCount((before) => before + 1)} />
    </section>
  );
}

function Form({ onOpened, onAnother }: { readonly onOpened: () => void; readonly onAnother: () => void }) {
  const { may } = useSession();
  const [typed, setTyped] = useState<Typed>({ Currency: 'USD' });
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const { isSending, reply, error, send } = useSend<{ readonly WalletID: bigint }>(onOpened);
  if (reply !== undefined)
    return (
      <>
        <Result tone="good">
          Opened: <WalletLink id={reply.WalletID} />.
          {may('operations:write') && (
            <>
              {' '}
              <a
                href={href('act', 'receive', {
                  WalletId: String(reply.WalletID),
                  Currency: typed['Currency'],
                })}
              >
                Pay in
              </a>{' '}
              to fill it.
            </>
          )}
        </Result>
        <button type="button" onClick={onAnother}>
          Another one
        </button>
      </>
    );
  return (
    <form
      noValidate
      aria-label="Open a wallet"
      onSubmit={(event) => {
        event.preventDefault();
        const form = readForm(FIELDS, typed);
        setErrors(form.ok ? {} : form.errors);
        if (form.ok) send('/wallet', form.body);
      }}
    >
      {FIELDS.map((field) => (
        <FieldRow
          key={field.name}
          {...{ field, typed, error: errors[field.name], currencies: ['USD'], isDisabled: isSending }}
          onType={(name, text) => setTyped((before) => ({ ...before, [name]: text }))}
        />
      ))}
      {error && <Failed error={error} />}
      <button type="submit" class="primary" disabled={isSending}>
        {isSending ? 'Opening …' : 'Open the wallet'}
      </button>
    </form>
  );
}
