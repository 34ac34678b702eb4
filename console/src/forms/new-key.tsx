import { useState } from 'preact/hooks';
import { Failed, Result } from '../parts/states.tsx';
import { SCOPES } from '../scopes.ts';
import { FieldRow } from './fields.tsx';
import type { Field, Typed } from './kinds.ts';
import { useSend } from './send.ts';

const FIELDS: readonly Field[] = [
  { name: 'Name', label: 'Name', kind: 'text', hint: 'What the key is for.' },
  {
    ...{ name: 'Owner', label: 'Owner', kind: 'text', isOptional: true },
    hint: 'Keys of one owner share their payments’ references.',
  },
  {
    name: 'ExpiresInDays',
    label: 'Ends after days',
    kind: 'count',
    isOptional: true,
    hint: 'Empty for never.',
  },
  {
    name: 'RequestsPerSecond',
    label: 'Requests a second',
    kind: 'count',
    isOptional: true,
    hint: 'Empty for any.',
  },
];

const WHOLE = /^[1-9]\d{0,8}$/;

/** Reads the form, with a sentence for each field that is wrong. */
function readKey(typed: Typed, scopes: readonly string[]) {
  const text = (name: string): string => (typed[name] ?? '').trim();
  const errors: Record<string, string> = {};
  if (text('Name') === '') errors['Name'] = 'Fill in “Name”.';
  if (scopes.length === 0) errors['Scopes'] = 'Choose what the key may do.';
  for (const name of ['ExpiresInDays', 'RequestsPerSecond'])
    if (text(name) !== '' && !WHOLE.test(text(name))) errors[name] = 'Type a whole number, such as 30.';
  const number = (name: string) => (text(name) === '' ? undefined : BigInt(text(name)));
  const read = () => ({
    ...{ Name: text('Name'), Scopes: scopes, Owner: text('Owner') || undefined },
    ...{ ExpiresInDays: number('ExpiresInDays'), RequestsPerSecond: number('RequestsPerSecond') },
  });
  return { errors, body: Object.keys(errors).length === 0 ? read() : undefined };
}

/** A form that makes a key, and shows it this once. */
export function NewKey({ onMade }: { readonly onMade: () => void }) {
  const [count, setCount] = useState(0);
  return (
    <details class="card">
      <summary>Make a key</summary>
      <Form key={count} onMade={onMade} onAnother={() => setCount((before) => before + 1)} />
    </details>
  );
}

function Form({ onMade, onAnother }: { readonly onMade: () => void; readonly onAnother: () => void }) {
  const [typed, setTyped] = useState<Typed>({});
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const { isSending, reply, error, send } = useSend<{ readonly Key?: string }>(onMade);
  if (reply !== undefined)
    return (
      <>
        <Result tone="good">
          <p>The key is made. Copy it now: it is shown this once.</p>
          <p>
            <code class="secret">{reply.Key ?? 'It was shown already.'}</code>
          </p>
        </Result>
        <button type="button" onClick={onAnother}>
          Done
        </button>
      </>
    );
  return (
    <form
      class="narrow"
      noValidate
      aria-label="Make a key"
      onSubmit={(event) => {
        event.preventDefault();
        const read = readKey(typed, scopes);
        setErrors(read.errors);
        if (read.body !== undefined) send('/keys', read.body);
      }}
    >
      {FIELDS.map((field) => (
        <FieldRow
          key={field.name}
          {...{ field, typed, error: errors[field.name], currencies: [], isDisabled: isSending }}
          onType={(name, text) => setTyped((before) => ({ ...before, [name]: text }))}
        />
      ))}
      <fieldset>
        <legend>It may</legend>
        {SCOPES.map(({ name, says }) => (
          <label key={name} class="choice">
            <input
              type="checkbox"
              checked={scopes.includes(name)}
              onChange={({ currentTarget }) =>
                setScopes((before) =>
                  currentTarget.checked ? [...before, name] : before.filter((other) => other !== name),
                )
              }
            />
            <span>
              {says} <code>{name}</code>
            </span>
          </label>
        ))}
        {errors['Scopes'] && <p class="error">{errors['Scopes']}</p>}
      </fieldset>
      {error && <Failed error={error} />}
      <button type="submit" class="primary" disabled={isSending}>
        {isSending ? 'Making …' : 'Make the key'}
      </button>
    </form>
  );
}
