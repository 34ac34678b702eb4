import { faultsOf } from './generate-faults.ts';
import { MAX_REFERENCE, type Random } from './random.ts';
import type { Action, Step } from './script.ts';
import type { Leads, Mood, WebhookAction, WebhookRequest } from './script-of-webhooks.ts';
import type { Swarm } from './swarm.ts';

/** What steps about webhooks do, and how often. */
const WEIGHTS = [
  ['fan out', 22],
  ['post', 26],
  ['note results', 22],
  ['relay webhooks', 4],
  ['pass time', 4],
  ['change receiver', 6],
  ['change name', 4],
  ['disable', 1],
  ['enable', 3],
  ['rotate', 2],
  ['resend', 2],
  ['test', 1],
] as const satisfies readonly (readonly [WebhookAction['do'] | ChangeKind, number])[];

type ChangeKind = Extract<WebhookRequest, { kind: 'webhook change' }>['what'];

/** Early steps that make a webhook: so that the events of most of a story have somewhere to go. */
const REGISTRATIONS: readonly number[] = [3, 12];

/** Whether a step of a story with webhooks makes one. */
export const isRegistration = (number: number): boolean => REGISTRATIONS.includes(number);

/** The most events of one step about them, and the most messages that Lambda receives at once. */
const MAX_EVENTS = 12;
const MAX_BATCH = 10;

/** Receivers keep what they get more often than not: or nothing would come through. */
const MOODS: readonly Mood[] = [
  ...['keeps', 'keeps', 'keeps', 'keeps', 'keeps', 'keeps', 'lies', 'lies', 'fails', 'fails', 'gone'],
  ...['hangs', 'is slow', 'refuses', 'breaks', 'breaks'],
] as Mood[];

const LEADS: readonly Leads[] = [
  ...['a public address', 'a public address', 'a public address', 'a private address'],
  ...['a public and a private address', 'nowhere'],
] as Leads[];

/** Seconds that pass: until a retry, a late post, a lost one, a day's retry. */
const PASSING = [10, 10, 200, 400, 400, 90_000] as const;

/** A step about webhooks, which has up to three actors at once; with one of them some other actor at times. */
export function webhookStepOf(swarm: Swarm, choices: Random, number: number, anyAction: () => Action): Step {
  return {
    actors: actionsOf(swarm, choices, number, anyAction).map((action) => ({
      action,
      faults: faultsOf(action, swarm, choices),
    })),
    turns: { seed: choices.int(1, MAX_REFERENCE), stickiness: choices.pick([0, 0.5, 0.9]) },
  };
}

function actionsOf(swarm: Swarm, choices: Random, number: number, anyAction: () => Action): Action[] {
  const first = isRegistration(number) ? registration(swarm, choices) : actionOf(swarm, choices);
  // Time passes between what happens, and not meanwhile.
  if (first.do === 'pass time' || !choices.chance(swarm.concurrency)) return [first];
  const second = choices.chance(0.3) ? anyAction() : actionOf(swarm, choices);
  const third = choices.chance(0.3) ? [actionOf(swarm, choices)] : [];
  return [first, second, ...third].filter((action) => action.do !== 'pass time');
}

const references = (choices: Random, most: number): number[] =>
  Array.from({ length: choices.int(1, most) }, () => choices.int(0, MAX_REFERENCE));

function registration(swarm: Swarm, choices: Random): Action {
  const eventTypes = choices.chance(0.6) ? null : references(choices, 6);
  return requestFor(swarm, choices, {
    ...{ kind: 'webhook', receiver: choices.int(0, MAX_REFERENCE), eventTypes },
  });
}

const requestFor = (swarm: Swarm, choices: Random, request: WebhookRequest): Action => ({
  ...{ do: 'request', request, isKeyed: choices.chance(swarm.keyed), waits: false },
});

function actionOf(swarm: Swarm, choices: Random): Action {
  const kind = choices.weighted(WEIGHTS);
  const isKept = choices.chance(swarm.doubled);
  switch (kind) {
    case 'fan out':
      return { do: kind, events: references(choices, MAX_EVENTS), isKept };
    case 'post':
    case 'note results':
      return { do: kind, messages: references(choices, MAX_BATCH), isKept };
    case 'relay webhooks':
      return { do: kind };
    case 'pass time':
      return { do: kind, seconds: choices.pick(PASSING) };
    case 'change receiver':
      return { do: kind, receiver: choices.int(0, MAX_REFERENCE), mood: choices.pick(MOODS) };
    case 'change name':
      return { do: kind, receiver: choices.int(0, MAX_REFERENCE), leads: choices.pick(LEADS) };
    case 'disable':
    case 'enable':
    case 'rotate':
    case 'resend':
    case 'test':
      return requestFor(swarm, choices, {
        ...{ kind: 'webhook change', webhook: choices.int(0, MAX_REFERENCE), what: kind },
        overlapSeconds: choices.pick([0, 3_600, 86_400]),
        message: choices.chance(0.6) ? choices.int(0, MAX_REFERENCE) : null,
      });
  }
}
