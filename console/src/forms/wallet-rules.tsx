import { useState } from 'preact/hooks';
import { parseAmount, typedAmount } from '../amount.ts';
import { Section } from '../parts/page.tsx';
import { Failed } from '../parts/states.tsx';
import type { Wallet } from '../shapes.ts';
import { FieldRow } from './fields.tsx';
import type { Field, Typed } from './kinds.ts';
import { useSend } from './send.ts';

const DIRECTIONS = [
  { value: 'both', says: 'money in and out' },
  { value: 'out', says: 'money out' },
  { value: 'in', says: 'money in' },
] as const;

interface Props {
  readonly wallet: Wallet;
  readonly onChanged: () => void;
}

/** What can be done to a wallet: freezing, its limits, closing. */
export function WalletRules(props: Props) {
  return props.wallet.Status === 'closed' ? null : (
    <Section id="rules" title="Change this wallet">
      <Freeze {...props} />
      <details>
        <summary>Limits</summary>
        <LimitsForm {...props} />
      </details>
      <details>
        <summary>Close</summary>
        <Close {...props} />
      </details>
    </Section>
  );
}

function Freeze({ wallet: { WalletID, Frozen }, onChanged }: Props) {
  const [direction, setDirection] = useState('both');
  const { isSending, reply, error, send } = useSend(onChanged);
  const path = `/wallet/${WalletID}`;
  return (
    <form
      aria-label="Freeze"
      onSubmit={(event) => {
        event.preventDefault();
        send(`${path}/freeze`, { Direction: direction });
      }}
    >
      <div class="field">
        <label for="freeze-direction">What to stop</label>
        <select
          id="freeze-direction"
          value={direction}
          onChange={({ currentTarget }) => setDirection(currentTarget.value)}
        >
          {DIRECTIONS.map(({ value, says }) => (
            <option key={value} value={value}>
              {says}
            </option>
          ))}
        </select>
      </div>
      <div class="buttons">
        <button type="submit" disabled={isSending || Frozen === 'both'}>
          Freeze
        </button>
        {Frozen !== null && (
          <button type="button" disabled={isSending} onClick={() => send(`${path}/unfreeze`, {})}>
            Unfreeze
          </button>
        )}
      </div>
      {error && <Failed error={error} />}
      {reply !== undefined && (
        <p role="status" class="note good">
          {Frozen === null ? 'The wallet is not frozen.' : 'The wallet is frozen.'}
        </p>
      )}
    </form>
  );
}

const COMMON = { kind: 'amount', hint: 'Empty for none; 0 lets nothing through.', isOptional: true } as const;

/** The limits, and where a wallet has each. */
const LIMITS: readonly (Field & { readonly of: (wallet: Wallet) => bigint | null | undefined })[] = [
  {
    ...{ ...COMMON, name: 'CreditLimit', label: 'Credit', hint: 'Empty for none.' },
    // No credit is what every wallet has, and nothing to type.
    of: ({ CreditLimit }) => CreditLimit || null,
  },
  { ...COMMON, name: 'BalanceLimit', label: 'Largest balance', of: ({ BalanceLimit }) => BalanceLimit },
  {
    ...{ ...COMMON, name: 'PerOperation', label: 'Spending at once' },
    of: ({ SpendLimits }) => SpendLimits?.PerOperation,
  },
  { ...COMMON, name: 'PerDay', label: 'Spending a day', of: ({ SpendLimits }) => SpendLimits?.PerDay },
  { ...COMMON, name: 'PerMonth', label: 'Spending a month', of: ({ SpendLimits }) => SpendLimits?.PerMonth },
];

/** A limit as it is typed. */
const limitText = (limit: bigint | null | undefined): string =>
  limit === null || limit === undefined ? '' : typedAmount(limit);

/** The limits' amounts; null is none. An error is that of the field. */
function readLimits(typed: Typed) {
  const amounts: Record<string, bigint | null> = {};
  const errors: Record<string, string> = {};
  for (const { name } of LIMITS) {
    const text = (typed[name] ?? '').trim();
    const parsed = text === '' ? undefined : parseAmount(text, true);
    if (parsed?.ok === false) errors[name] = parsed.error;
    amounts[name] = parsed?.ok ? parsed.amount : null;
  }
  const { CreditLimit, BalanceLimit, PerOperation, PerDay, PerMonth } = amounts;
  return { errors, body: { CreditLimit, BalanceLimit, SpendLimits: { PerOperation, PerDay, PerMonth } } };
}

function LimitsForm({ wallet, onChanged }: Props) {
  const [typed, setTyped] = useState<Typed>(() =>
    Object.fromEntries(LIMITS.map(({ name, of }) => [name, limitText(of(wallet))])),
  );
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const { isSending, reply, error, send } = useSend(onChanged);
  return (
    <form
      noValidate
      aria-label="Limits"
      onSubmit={(event) => {
        event.preventDefault();
        const read = readLimits(typed);
        setErrors(read.errors);
        if (Object.keys(read.errors).length === 0) send(`/wallet/${wallet.WalletID}/limits`, read.body);
      }}
    >
      {LIMITS.map((field) => (
        <FieldRow
          key={field.name}
          {...{ field, typed, error: errors[field.name], currencies: [], isDisabled: isSending }}
          onType={(name, text) => setTyped((before) => ({ ...before, [name]: text }))}
        />
      ))}
      {error && <Failed error={error} />}
      {reply !== undefined && (
        <p role="status" class="note good">
          The limits are set.
        </p>
      )}
      <button type="submit" disabled={isSending}>
        Set the limits
      </button>
    </form>
  );
}

function Close({ wallet: { WalletID }, onChanged }: Props) {
  const { isSending, error, send } = useSend(onChanged);
  return (
    <>
      <p>A closed wallet takes and gives nothing any more, and can’t be opened again. It must be empty.</p>
      {error && <Failed error={error} />}
      <button type="button" disabled={isSending} onClick={() => send(`/wallet/${WalletID}/close`, {})}>
        Close this wallet for good
      </button>
    </>
  );
}
