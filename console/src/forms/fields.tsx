import { ApiError, pause } from '../api.ts';
import { useLoad } from '../load.ts';
import { Amount } from '../parts/values.tsx';
import { walletNumber } from '../search.ts';
import { useSession } from '../session.ts';
import type { Wallet } from '../shapes.ts';
import type { Field, Typed } from './kinds.ts';

/** How long somebody types before a wallet is looked up, in milliseconds: the digits of a number come faster. */
const TYPING_MS = 300;

const INPUT_MODES = { amount: 'decimal', wallet: 'numeric', count: 'numeric' } as const;

interface Props {
  readonly field: Field;
  readonly typed: Typed;
  readonly error: string | undefined;
  readonly currencies: readonly string[];
  readonly isDisabled: boolean;
  readonly onType: (name: string, text: string) => void;
}

/** A labelled field with its hint, and what is wrong with it. */
export function FieldRow({ field, typed, error, currencies, isDisabled, onType }: Props) {
  const { name, label, hint, kind, isOptional } = field;
  const id = `field-${name}`;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  const common = {
    ...{ id, name, disabled: isDisabled },
    ...(described === '' ? {} : { 'aria-describedby': described }),
    ...(error === undefined ? {} : { 'aria-invalid': true }),
  };
  return (
    <div class={kind === 'check' ? 'field check' : 'field'}>
      <label for={id}>
        {label}
        {isOptional && kind !== 'check' && <span class="optional"> (optional)</span>}
      </label>
      {kind === 'check' ? (
        <input
          {...common}
          type="checkbox"
          checked={typed[name] === 'yes'}
          onChange={({ currentTarget }) => onType(name, currentTarget.checked ? 'yes' : '')}
        />
      ) : (
        <input
          {...common}
          type="text"
          value={typed[name] ?? ''}
          autocomplete="off"
          inputMode={kind === 'currency' || kind === 'text' ? 'text' : INPUT_MODES[kind]}
          list={kind === 'currency' ? `${id}-list` : undefined}
          required={!isOptional}
          onInput={({ currentTarget }) => onType(name, currentTarget.value)}
        />
      )}
      {kind === 'currency' && (
        <datalist id={`${id}-list`}>
          {currencies.map((currency) => (
            <option key={currency} value={currency} />
          ))}
        </datalist>
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {kind === 'wallet' && <WalletOf number={walletNumber(typed[name] ?? '')} />}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** Whose wallet a number is: a wrong digit is seen before money moves. */
function WalletOf({ number }: { readonly number: string | undefined }) {
  const { may } = useSession();
  const isAsked = number !== undefined && may('wallets:read');
  const { value, error } = useLoad<Wallet | undefined>(`wallet ${isAsked && number}`, async (api, signal) => {
    if (!isAsked) return undefined;
    await pause(TYPING_MS, signal);
    return await api.get<Wallet>(`/wallet/${number}`, {}, signal);
  });
  const isMissing = error instanceof ApiError && error.status === 404;
  return (
    <p class="hint" role="status">
      {value && (
        <>
          {value.Name}: <Amount of={value.Available} currency={value.Currency} /> can be spent.
        </>
      )}
      {isMissing && `There is no wallet ${number}.`}
    </p>
  );
}
