import { parseAmount } from '../amount.ts';
import { walletNumber } from '../search.ts';

/** How a field is filled in, and read. */
type FieldKind = 'wallet' | 'amount' | 'count' | 'currency' | 'text' | 'check';

export interface Field {
  /** As the API calls it. */
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly hint?: string;
  readonly isOptional?: boolean;
}

/** A kind of request that moves money. */
export interface ActionKind {
  readonly title: string;
  readonly explains: string;
  /** The button, once the outcome is known. */
  readonly verb: string;
  readonly fields: readonly Field[];
  /** Where it is sent to; `{id}` stands for the hold or payout that it is about. */
  readonly path: string;
  /** What is said once it is done. */
  readonly done: string;
  /** What the payment is declined for if all goes as it is wished: whoever cancels wants it declined. */
  readonly goal?: 'cancelled';
}

const wallet = (name: string, label: string): Field => ({
  name,
  label,
  kind: 'wallet',
  hint: 'Its number, such as 7.',
});
const AMOUNT: Field = { name: 'Amount', label: 'Amount', kind: 'amount', hint: 'Such as 12.34.' };
const CURRENCY: Field = { name: 'Currency', label: 'Currency', kind: 'currency' };
const NOTES: readonly Field[] = [
  {
    ...{ name: 'Reference', label: 'Reference', kind: 'text', isOptional: true },
    hint: 'What you know it by, such as an order’s number. No two payments may share one.',
  },
  { name: 'Description', label: 'Description', kind: 'text', isOptional: true },
];
const PART: Field = {
  ...{ name: 'Amount', label: 'Amount', kind: 'amount', isOptional: true },
  hint: 'Leave it empty for all that is left.',
};

export const ACTIONS = {
  receive: {
    ...{ title: 'Pay in', verb: 'Pay in', path: '/receive_amount' },
    explains: 'Money comes from outside into a wallet.',
    done: 'the money is in the wallet.',
    fields: [wallet('WalletId', 'Into wallet'), AMOUNT, CURRENCY, ...NOTES],
  },
  transfer: {
    ...{ title: 'Transfer', verb: 'Transfer', path: '/transfer_amount' },
    explains: 'Money goes from one wallet to another.',
    done: 'the money was moved.',
    fields: [
      wallet('OriginWalletId', 'From wallet'),
      wallet('TargetWalletId', 'To wallet'),
      ...[AMOUNT, CURRENCY, ...NOTES],
    ],
  },
  send: {
    ...{ title: 'Send out', verb: 'Send out', path: '/send_amount' },
    explains: 'Money leaves the system from a wallet.',
    done: 'the money has left the wallet.',
    fields: [wallet('WalletId', 'From wallet'), AMOUNT, CURRENCY, ...NOTES],
  },
  hold: {
    ...{ title: 'Hold', verb: 'Hold', path: '/hold' },
    explains: 'An amount is kept back in a wallet until it is captured or released.',
    done: 'the amount is on hold.',
    fields: [wallet('WalletId', 'In wallet'), AMOUNT, { ...CURRENCY, isOptional: true }, ...NOTES],
  },
  refund: {
    ...{ title: 'Refund', verb: 'Refund', path: '/refund' },
    explains: 'A payment is given back, whole or in part, in the currency that it was made in.',
    done: 'the money was given back.',
    fields: [{ name: 'TransactionId', label: 'Payment', kind: 'text', hint: 'Its id.' }, PART, ...NOTES],
  },
  capture: {
    ...{ title: 'Capture a hold', verb: 'Capture', path: '/hold/{id}/capture' },
    explains: 'Money that a hold keeps back goes to a wallet.',
    done: 'the money was captured.',
    fields: [
      wallet('TargetWalletId', 'To wallet'),
      PART,
      {
        ...{ name: 'Final', label: 'Release what is left', kind: 'check', isOptional: true },
        hint: 'Otherwise the rest stays on hold.',
      },
    ],
  },
  release: {
    ...{ title: 'Release a hold', verb: 'Release', path: '/hold/{id}/release' },
    explains: 'What the hold keeps back can be spent again.',
    done: 'what was left of the hold can be spent again.',
    fields: [],
  },
  confirm: {
    ...{ title: 'Confirm a payout', verb: 'Confirm', path: '/send_amount/{id}/confirm' },
    explains: 'The bank has paid: the money leaves the wallet.',
    done: 'the money has left the wallet.',
    fields: [],
  },
  cancel: {
    ...{ title: 'Cancel a payout', verb: 'Cancel the payout', path: '/send_amount/{id}/cancel' },
    explains: 'The bank has not paid: the money can be spent again.',
    done: 'the payout is cancelled, and its money can be spent again.',
    goal: 'cancelled',
    fields: [],
  },
} as const satisfies Readonly<Record<string, ActionKind>>;

export type ActionName = keyof typeof ACTIONS;

/** Those that begin something, and so can be chosen anywhere. */
export const BEGINNINGS: readonly ActionName[] = ['receive', 'transfer', 'send', 'hold'];

export const isActionName = (text: string): text is ActionName => Object.hasOwn(ACTIONS, text);

/** What was typed, by the fields' names. */
export type Typed = Readonly<Record<string, string>>;

/** A request's body, or a sentence for each field that is wrong. */
export type ReadForm =
  | { readonly ok: true; readonly body: Readonly<Record<string, string | bigint | boolean>> }
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>> };

/**
 * Reads what was typed into a form. Fields that are optional and empty are left out of the body; what can be ticked is always in
 * it, as the API may take what is missing for yes.
 */
export function readForm(fields: readonly Field[], typed: Typed): ReadForm {
  const body: Record<string, string | bigint | boolean> = {};
  const errors: Record<string, string> = {};
  for (const { name, label, kind, isOptional = false } of fields) {
    const text = (typed[name] ?? '').trim();
    if (text === '' && isOptional && kind !== 'check') continue;
    const read = readField(label, kind, text);
    if (typeof read === 'object') errors[name] = read.error;
    else body[name] = read;
  }
  return Object.keys(errors).length === 0 ? { ok: true, body } : { ok: false, errors };
}

function readField(
  label: string,
  kind: FieldKind,
  text: string,
): string | bigint | boolean | { readonly error: string } {
  if (kind === 'check') return text === 'yes';
  if (kind === 'amount') {
    const parsed = parseAmount(text);
    return parsed.ok ? parsed.amount : { error: parsed.error };
  }
  if (text === '') return { error: `Fill in “${label}”.` };
  if (kind === 'currency') return text.toUpperCase();
  if (kind !== 'wallet') return text;
  const number = walletNumber(text);
  return number === undefined ? { error: `“${text}” is no wallet’s number, such as 7.` } : BigInt(number);
}
