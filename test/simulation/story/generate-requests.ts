import { MAX_REFERENCE, type Random } from './random.ts';
import type { Amount, Entry, Request } from './script.ts';
import type { ActionKind, Swarm } from './swarm.ts';

/** The kinds of action that are requests. */
type RequestKind = Extract<
  ActionKind,
  | 'receive'
  | 'transfer'
  | 'wallet'
  | 'change'
  | 'rates'
  | 'refund'
  | 'hold'
  | 'capture'
  | 'release'
  | 'extend'
  | 'payout'
  | 'confirm'
  | 'cancel'
  | 'batch'
  | 'linked'
  | 'invalid'
>;

/** Most entries of one batch: enough to affect each other, few enough to stay quick. */
const MAX_ENTRIES = 12;

/** Most transfers of a linked transaction: more of them hardly ever succeed all together. */
const MAX_LINKED = 6;

export function requestOf(kind: RequestKind, swarm: Swarm, choices: Random): Request {
  const reference = () => choices.int(0, MAX_REFERENCE);
  switch (kind) {
    case 'receive':
    case 'transfer':
      return entryOf(kind, swarm, choices);
    case 'batch':
      return {
        kind,
        entries: Array.from({ length: choices.int(1, MAX_ENTRIES) }, () =>
          entryOf(choices.pick(['receive', 'transfer'] as const), swarm, choices),
        ),
      };
    case 'linked':
      return linkedOf(swarm, choices);
    case 'wallet':
      return { kind, currency: reference(), note: noteOf(choices) };
    case 'change':
      return changeOf(swarm, choices);
    case 'rates':
      return { kind, rates: Array.from({ length: choices.int(1, 3) }, () => [reference(), rateOf(choices)]) };
    case 'refund':
      return {
        kind,
        transaction: reference(),
        ofLinked: choices.chance(0.3),
        amount: choices.chance(0.4) ? null : shareOrFixed(swarm, choices),
        note: noteOf(choices),
      };
    case 'hold':
      return {
        kind,
        wallet: reference(),
        amount: shareOrFixed(swarm, choices),
        seconds: 3_600,
        currency: choices.chance(0.3) ? reference() : null,
        overPermille: choices.pick([0, 0, 100, 1_000]),
        note: noteOf(choices),
      };
    case 'capture':
      return {
        kind,
        // Often one of the last holds: so that several captures of one meet before the first is settled.
        hold: choices.chance(0.5) ? choices.int(0, 2) : reference(),
        target: reference(),
        amount: choices.chance(0.4) ? null : share(choices),
        isFinal: choices.chance(0.3),
      };
    case 'extend':
      return { kind, hold: reference(), seconds: choices.int(1, 7_200) };
    case 'payout':
      return {
        kind,
        wallet: reference(),
        amount: shareOrFixed(swarm, choices),
        currency: reference(),
        isHeld: choices.chance(0.7),
      };
    case 'confirm':
    case 'cancel':
      return { kind, payout: reference() };
    case 'release':
      return { kind, hold: reference() };
    case 'invalid':
      return { kind, which: reference(), wallet: reference() };
  }
}

/**
 * Chains and batches often: what a chain moves on is there only if its transfers are settled in their order. Mostly small amounts, so
 * that all of them succeed now and then.
 */
function linkedOf(swarm: Swarm, choices: Random): Request {
  const isBatch = choices.chance(0.5);
  const entries = Array.from({ length: choices.int(2, MAX_LINKED) }, () => {
    const kind = isBatch && choices.chance(0.6) ? 'receive' : 'transfer';
    const entry = { ...entryOf(kind, swarm, choices), note: null };
    const isSmall = kind === 'transfer' && choices.chance(0.7);
    return isSmall ? { ...entry, amount: { permille: choices.int(1, 200), plus: 0 } } : entry;
  });
  return { kind: 'linked', entries, isChain: choices.chance(0.4), isBatch, note: noteOf(choices) };
}

/** So few references that many are given twice, and so many that some requests with one are accepted. */
const NOTES = 30;

const noteOf = (choices: Random): number | null => (choices.chance(0.3) ? choices.int(1, NOTES) : null);

const LIMITS = ['CreditLimit', 'BalanceLimit', 'PerOperation', 'PerDay', 'PerMonth'];

/** Freezes end more often than they begin, and few wallets are closed: or nothing would happen any more. */
function changeOf(swarm: Swarm, choices: Random): Request {
  const names = LIMITS.filter(() => choices.chance(0.4));
  return {
    kind: 'change',
    wallet: choices.int(0, MAX_REFERENCE),
    what: choices.pick([
      'freeze',
      'unfreeze',
      'unfreeze',
      'limits',
      'limits',
      'limits',
      'limits',
      'close',
      ...Array<'alerts'>(8).fill('alerts'),
      'alerts/remove',
    ] as const),
    direction: choices.pick(['in', 'out', 'both'] as const),
    edge: shareOrFixed(swarm, choices),
    limits: Object.fromEntries(
      names.map((name) => [name, choices.chance(0.3) ? null : shareOrFixed(swarm, choices)]),
    ),
  };
}

function entryOf(kind: Entry['kind'], swarm: Swarm, choices: Random): Entry {
  const reference = () => choices.int(0, MAX_REFERENCE);
  const [wallet, other, currency] = [reference(), reference(), reference()];
  const note = noteOf(choices);
  if (kind === 'receive')
    return { kind, wallet, amount: { fixed: fixedAmount(swarm, choices) }, currency, note };
  return { kind, origin: wallet, target: other, amount: shareOrFixed(swarm, choices), currency, note };
}

function shareOrFixed(swarm: Swarm, choices: Random): Amount {
  return choices.chance(0.7) ? share(choices) : { fixed: fixedAmount(swarm, choices) };
}

/** The whole or a part of what a wallet has, sometimes one millionth more or less. */
const share = (choices: Random): Amount => ({
  permille: choices.chance(0.3) ? 1_000 : choices.int(1, 600),
  plus: choices.pick([-1, 0, 0, 0, 1]),
});

const MAX_AMOUNT = 9_223_372_036_854_775_807n;

/** The most digits of an amount, by the seed's kind of amounts; `any` has all magnitudes equally often. */
const DIGITS = { small: 3, ordinary: 12, huge: 19, any: 19 } as const;

function fixedAmount({ amounts }: Swarm, choices: Random): string {
  if (amounts === 'huge' && choices.chance(0.5)) return (MAX_AMOUNT - BigInt(choices.int(0, 3))).toString();
  const digits = amounts === 'huge' ? choices.int(15, 19) : choices.int(1, DIGITS[amounts]);
  const text = Array.from({ length: digits }, (_, i) => choices.int(i === 0 ? 1 : 0, 9)).join('');
  return BigInt(text) > MAX_AMOUNT ? MAX_AMOUNT.toString() : text;
}

const RATES = ['1', '0.5', '1.000000000001', '0.333333333333', '64123.5', '0.029758'];
const EXTREME_RATES = ['0.000000000001', '1000000000', '999999999.999999999999'];

function rateOf(choices: Random): string {
  if (choices.chance(0.1)) return choices.pick(EXTREME_RATES);
  return choices.chance(0.5) ? choices.pick(RATES) : `${choices.int(0, 99)}.${choices.int(1, 999_999)}`;
}
