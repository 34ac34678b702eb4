import { useState } from 'preact/hooks';
import { useLoad } from '../load.ts';
import { Failed, Result } from '../parts/states.tsx';
import { PaymentLink, WalletLink } from '../parts/values.tsx';
import { href } from '../route.ts';
import { useSession } from '../session.ts';
import type { Currency, Outcome } from '../shapes.ts';
import { FieldRow } from './fields.tsx';
import { ACTIONS, type ActionKind, type ActionName, readForm, type Typed } from './kinds.ts';
import { isAsWished, sentText, TriedOutcome } from './outcome.tsx';
import { type Sending, useSend } from './send.ts';

interface Props {
  readonly name: ActionName;
  /** The hold or payout that it is about; empty for none. */
  readonly about: string;
  readonly initial: Typed;
  /** Begins another, with a form of its own. */
  readonly onAnother: () => void;
}

/**
 * A form that moves money. First it is tried out: only once its outcome is shown can it be sent, and what is typed afterwards has
 * to be tried out anew.
 */
export function ActionForm({ name, about, initial, onAnother }: Props) {
  const kind: ActionKind = ACTIONS[name];
  const { may } = useSession();
  const [typed, setTyped] = useState<Typed>(initial);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [checked, setChecked] = useState('');
  const currencies = useCurrencies();
  const trying = useSend<Outcome>();
  const sending = useSend<Outcome>();
  const path = kind.path.replace('{id}', encodeURIComponent(about));
  const text = JSON.stringify(typed);
  // A trial run tells balances: without the right to see them, there is none.
  const isTriable = may('wallets:read');
  const isTried = checked === text && trying.reply !== undefined;
  const isGood = isTriable ? isTried && isAsWished(trying.reply, kind) : true;
  const read = (then: (body: object) => void): void => {
    const form = readForm(kind.fields, typed);
    setErrors(form.ok ? {} : form.errors);
    if (form.ok) then(form.body);
    else focusOn(kind.fields.find((field) => form.errors[field.name])?.name);
  };
  const check = () =>
    read((body) => {
      setChecked(text);
      trying.send(path, { ...body, DryRun: true });
    });
  const submit = () => read((body) => sending.send(path, body));
  if (sending.reply !== undefined) return <Sent {...{ outcome: sending.reply, kind, about, onAnother }} />;
  const isLocked = sending.isSending || sending.isUnknown;
  return (
    <form
      noValidate
      aria-label={kind.title}
      onSubmit={(event) => {
        event.preventDefault();
        if (isTriable) check();
        else submit();
      }}
    >
      <p>{kind.explains}</p>
      {kind.fields.map((field) => (
        <FieldRow
          key={field.name}
          {...{ field, typed, currencies, error: errors[field.name], isDisabled: isLocked }}
          onType={(fieldName, value) => setTyped((before) => ({ ...before, [fieldName]: value }))}
        />
      ))}
      {isTriable && checked === text && trying.error && <Failed error={trying.error} />}
      {isTried && <TriedOutcome outcome={trying.reply} kind={kind} />}
      {sending.error && <SendingFailed error={sending.error} isUnknown={sending.isUnknown} />}
      <Buttons
        {...{ isTriable, isGood, isLocked, sending, verb: kind.verb, isTrying: trying.isSending }}
        onSubmit={submit}
      />
    </form>
  );
}

interface ButtonsProps {
  readonly verb: string;
  readonly isTriable: boolean;
  readonly isTrying: boolean;
  /** Whether the outcome is known, and a success. */
  readonly isGood: boolean;
  readonly isLocked: boolean;
  readonly sending: Pick<Sending<Outcome>, 'isSending' | 'isUnknown'>;
  readonly onSubmit: () => void;
}

function Buttons({ verb, isTriable, isTrying, isGood, isLocked, sending, onSubmit }: ButtonsProps) {
  return (
    <>
      <div class="buttons">
        {isTriable && (
          <button type="submit" class={isGood ? undefined : 'primary'} disabled={isTrying || isLocked}>
            {isTrying ? 'Checking …' : 'Check first'}
          </button>
        )}
        <button
          type={isTriable ? 'button' : 'submit'}
          class="primary"
          disabled={!isGood || sending.isSending}
          onClick={isTriable ? onSubmit : undefined}
        >
          {sending.isSending ? 'Sending …' : sending.isUnknown ? 'Send the same again' : verb}
        </button>
      </div>
      {!isGood && (
        <p class="hint">“{verb}” can be pressed once “Check first” has shown that it would succeed.</p>
      )}
    </>
  );
}

function focusOn(name: string | undefined): void {
  if (name !== undefined) document.getElementById(`field-${name}`)?.focus();
}

/** The names of the currencies, to choose from; none where the key may not see them. */
function useCurrencies(): readonly string[] {
  const { may } = useSession();
  const { value } = useLoad<readonly string[]>('currencies', async (api, signal) => {
    if (!may('wallets:read')) return [];
    const { Currencies } = await api.get<{ Currencies: readonly Currency[] }>('/currencies', {}, signal);
    return Currencies.map(({ Name }) => Name);
  });
  return [...new Set(['USD', ...(value ?? [])])];
}

function SendingFailed({ error, isUnknown }: { readonly error: Error; readonly isUnknown: boolean }) {
  return (
    <>
      <Failed error={error} />
      {isUnknown && (
        <p class="note busy">
          It may have been done nevertheless. “Send the same again” is safe: the system does it once.
        </p>
      )}
    </>
  );
}

function Sent({
  outcome,
  kind,
  about,
  onAnother,
}: {
  readonly outcome: Outcome;
  readonly kind: ActionKind;
  readonly about: string;
  readonly onAnother: () => void;
}) {
  const { Status, HoldId, TransactionId, Operations = [] } = outcome;
  const wallets = [...new Set(Operations.map(({ WalletId }) => WalletId))];
  const tone = isAsWished(outcome, kind) ? 'good' : Status === 'decline' ? 'bad' : 'busy';
  return (
    <>
      <Result tone={tone}>{sentText(outcome, kind)}</Result>
      <p>
        {HoldId !== undefined ? (
          <a href={href('hold', HoldId)}>See the hold</a>
        ) : (
          TransactionId !== undefined && (
            <>
              See payment <PaymentLink id={TransactionId} isWhole />
            </>
          )
        )}
        {wallets.map((id) => (
          <span key={String(id)}>
            {' '}
            or <WalletLink id={id} />
          </span>
        ))}
        {about !== '' && (
          <>
            {' '}
            or <a href={href('hold', about)}>go back to the {kind.goal ? 'payout' : 'hold'}</a>
          </>
        )}
      </p>
      <button type="button" onClick={onAnother}>
        Another one
      </button>
    </>
  );
}
