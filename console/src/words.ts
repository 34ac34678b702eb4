/** Why money was not moved, in a clerk's words. */
const REASONS: Readonly<Record<string, string>> = {
  insufficient_funds: 'there is too little money in the wallet',
  balance_limit: 'the wallet would hold more than it may',
  amount_too_small: 'the amount is worth less than the smallest part of the wallet’s currency',
  currency_not_allowed: 'the currency’s rate was withdrawn',
  hold_not_active: 'the hold has already ended',
  cancelled: 'the payout was cancelled',
  capture_exceeds_hold: 'less of the hold is left',
  wallet_frozen: 'the wallet is frozen',
  wallet_closed: 'the wallet is closed',
  operation_limit: 'it is more than the wallet may spend at once',
  daily_limit: 'it is more than the wallet may still spend today',
  monthly_limit: 'it is more than the wallet may still spend this month',
  linked_declined: 'another transfer of the same payment failed',
};

/** A reason as a part of a sentence. */
export const reasonText = (reason: string): string => REASONS[reason] ?? reason.replaceAll('_', ' ');

/** Where things stand, as one or two words. */
const STATES: Readonly<Record<string, string>> = {
  new: 'waiting',
  processing: 'under way',
  success: 'done',
  decline: 'declined',
  declined: 'declined',
  active: 'active',
  frozen: 'frozen',
  closed: 'closed',
  captured: 'captured',
  released: 'released',
  expired: 'expired',
  enabled: 'enabled',
  disabled: 'disabled',
  revoked: 'revoked',
  waiting: 'waiting',
  delivered: 'delivered',
  failed: 'failed',
  clean: 'in order',
  faults: 'faults',
};

export const stateText = (state: string): string => STATES[state] ?? state;

/** How a state is coloured: the word says the same. */
export type Tone = 'good' | 'bad' | 'busy' | 'calm';

const TONES: Readonly<Record<string, Tone>> = {
  success: 'good',
  active: 'good',
  enabled: 'good',
  delivered: 'good',
  clean: 'good',
  captured: 'good',
  decline: 'bad',
  declined: 'bad',
  frozen: 'bad',
  failed: 'bad',
  faults: 'bad',
  revoked: 'bad',
  disabled: 'bad',
  new: 'busy',
  processing: 'busy',
  waiting: 'busy',
};

export const toneOf = (state: string): Tone => TONES[state] ?? 'calm';

/** What a step does with an amount, before the wallet's name. */
const STEPS: Readonly<Record<string, string>> = {
  hold: 'kept back in',
  payout_hold: 'kept back in',
  release: 'released in',
  expiry: 'released in',
  payout_cancel: 'released in',
};

/** @param leg what the API calls the step */
export const stepText = (leg: string, type: 'in' | 'out' | null): string =>
  type === null ? (STEPS[leg] ?? 'in') : type === 'in' ? 'into' : 'out of';

/** The sides of the double entry. */
export const ACCOUNTS: Readonly<Record<string, string>> = {
  wallet: 'Wallet',
  outside: 'Outside world',
  transit: 'On its way',
  exchange: 'Exchange of currencies',
};

/** Which money a freeze stops. */
export const FROZEN: Readonly<Record<string, string>> = {
  in: 'no money comes in',
  out: 'no money goes out',
  both: 'no money comes in or goes out',
};
