import { type Random, random } from './random.ts';
import type { Setting } from './script.ts';

/*
 * Swarm testing (Groce et al., ISSTA 2012): each seed does a random subset of the actions, at random rates. A run that
 * does everything seldom gets deep into anything.
 */

/** The actions, and how often a seed that does them does each. */
const ACTION_WEIGHTS = {
  receive: 10,
  transfer: 14,
  deliver: 22,
  relay: 3,
  repeat: 6,
  hold: 5,
  capture: 6,
  release: 2,
  extend: 1,
  payout: 4,
  confirm: 3,
  cancel: 1.5,
  refund: 4,
  batch: 2,
  try: 3,
  rates: 2,
  wallet: 1,
  change: 3,
  invalid: 2,
  'misuse key': 1,
  read: 2,
  follow: 3,
  rebalance: 1,
  'move wallets': 1,
  'withdraw currency': 0.6,
  'end holds': 3,
  'end leases': 0.4,
  'change group count': 0.4,
  'lose messages': 1,
  'send foreign message': 0.4,
  redrive: 0.6,
  'fail over': 0.15,
  linked: 5,
} as const;

export type ActionKind = keyof typeof ACTION_WEIGHTS;

/** Actions of every seed: nothing happens without money and messages. */
const ALWAYS: ReadonlySet<ActionKind> = new Set(['receive', 'transfer', 'deliver']);

/** The faults, and how often each occurs at most: replacing a broken connection takes 20 ms. */
const FAULT_RATES = {
  database: 0.2,
  down: 0.03,
  idleCut: 0.05,
  queue: 0.3,
  bus: 0.3,
  postpone: 0.3,
  late: 0.1,
  replyLost: 0.1,
} as const;

export type FaultKind = keyof typeof FAULT_RATES;

/** What a seed does, and how often. */
export interface Swarm {
  readonly setting: Setting;
  readonly actions: readonly (readonly [ActionKind, number])[];
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** Share of steps with several actors. */
  readonly concurrency: number;
  /** Share of requests with an idempotency key. */
  readonly keyed: number;
  /** Share of requests that wait for the outcome. */
  readonly waiting: number;
  /** Share of deliveries that come twice. */
  readonly doubled: number;
  /** Share of deliveries out of order or for the wrong group. */
  readonly disordered: number;
  readonly amounts: 'small' | 'ordinary' | 'huge' | 'any';
}

const NAMES = ['USD', 'EUR', 'THB', 'JPY', 'BTC', 'SAT', 'KWD'];
const ORDINARY_RATES = ['1', '1.093809', '0.029758', '0.0066', '64123.5', '0.00000064', '3.25'];
const WILD_RATES = ['0.000000000001', '1000000000', '0.333333333333', '999999999.999999999999', '0.5', '7'];

/** The stream of a seed's choices about webhooks. */
export const WEBHOOK_STREAM = 1;

/** The share of a seed's steps that are about webhooks: none in a third of all seeds. */
export const webhooksOf = (seed: number): number => random(seed, 0, WEBHOOK_STREAM).pick([0, 0.3, 0.5]);

export function swarmOf(seed: number): Swarm {
  const choices = random(seed, 0);
  const isEnabled = (kind: ActionKind) => ALWAYS.has(kind) || choices.chance(0.65);
  const actions = Object.entries(ACTION_WEIGHTS).map(([name, weight]) => {
    const kind = name as ActionKind;
    return [kind, isEnabled(kind) ? (weight * choices.int(25, 200)) / 100 : 0] as const;
  });
  const faults = Object.fromEntries(
    Object.entries(FAULT_RATES).map(([name, most]) => {
      return [name, choices.chance(0.5) ? most * choices.pick([0.1, 0.3, 1]) : 0];
    }),
  ) as Record<FaultKind, number>;
  return {
    setting: settingOf(choices),
    actions,
    faults,
    concurrency: choices.pick([0, 0.05, 0.15, 0.4]),
    keyed: choices.pick([0, 0.5, 0.9]),
    doubled: choices.pick([0, 0.05, 0.3]),
    disordered: choices.pick([0, 0.1, 0.5]),
    amounts: choices.pick(['small', 'ordinary', 'ordinary', 'huge', 'any'] as const),
    waiting: choices.pick([0, 0.2, 0.6]),
  };
}

function settingOf(choices: Random): Setting {
  const rates = choices.chance(0.7) ? ORDINARY_RATES : WILD_RATES;
  const count = choices.int(1, NAMES.length);
  return {
    currencies: NAMES.slice(0, count).map((name, index) => ({
      name,
      rate: name === 'USD' ? '1' : (rates[index % rates.length] ?? '1'),
    })),
    wallets: Array.from({ length: choices.int(2, 10) }, () => choices.int(0, count - 1)),
    groups: choices.int(1, 4),
    deduplicationSteps: choices.pick([0, 20, 100]),
  };
}
