import { faultsOf } from './generate-faults.ts';
import { requestOf } from './generate-requests.ts';
import { isRegistration, webhookStepOf } from './generate-webhooks.ts';
import { MAX_REFERENCE, type Random, random } from './random.ts';
import type { Action, Actor, Request, Script, Step } from './script.ts';
import { type ActionKind, type Swarm, swarmOf, WEBHOOK_STREAM, webhooksOf } from './swarm.ts';

/** The script of a seed. Its first steps do not depend on the number of steps. */
export function generate(seed: number, steps: number): Script {
  const swarm = swarmOf(seed);
  const webhooks = webhooksOf(seed);
  return {
    setting: swarm.setting,
    steps: Array.from({ length: steps }, (_, index) => {
      // Their own choices: a story without them goes as it went before there were webhooks.
      const choices = random(seed, index + 1, WEBHOOK_STREAM);
      return webhooks > 0 && (isRegistration(index + 1) || choices.chance(webhooks))
        ? webhookStepOf(swarm, choices, index + 1, () => anyAction(swarm, choices))
        : stepOf(swarm, random(seed, index + 1));
    }),
  };
}

function stepOf(swarm: Swarm, choices: Random): Step {
  const actions = choices.chance(swarm.concurrency)
    ? actionsAtOnce(swarm, choices)
    : [anyAction(swarm, choices)];
  return {
    actors: actions.map((action): Actor => ({ action, faults: faultsOf(action, swarm, choices) })),
    turns: { seed: choices.int(1, MAX_REFERENCE), stickiness: choices.pick([0, 0.5, 0.9]) },
  };
}

/** Two or three actors. Some combinations would be rare by chance, so they are chosen on purpose. */
function actionsAtOnce(swarm: Swarm, choices: Random): Action[] {
  const any = () => anyAction(swarm, choices);
  const deliver = () => actionOf('deliver', swarm, choices);
  switch (choices.int(0, 11)) {
    case 0: {
      const repeat: Action = { do: 'repeat', request: 0, waits: choices.chance(swarm.waiting) };
      return [any(), repeat, ...(choices.chance(0.3) ? [repeat] : [])];
    }
    case 1:
      return [deliver(), { ...deliver(), isExpired: true } as Action];
    case 2: {
      // The same messages twice, in opposite orders, while a third actor makes both wait for the wallets' rows.
      const first = { ...deliver(), order: 'any' } as Extract<Action, { do: 'deliver' }>;
      return [
        lockWallets(choices),
        first,
        { ...first, messages: first.messages.toReversed(), isExpired: true },
      ];
    }
    case 3:
      return [deliver(), any()];
    case 4:
      // A reader comes while wallets are made, of which one with a smaller number may be committed later.
      return [
        actionOf('wallet', swarm, choices),
        actionOf('wallet', swarm, choices),
        { do: 'follow', list: 0, limit: MAX_FOLLOWED },
      ];
    case 5:
      return [actionOf('follow', swarm, choices), deliver(), { ...deliver(), isExpired: true } as Action];
    case 6: {
      // Two requests settle the same wallet, or one of them and a processor.
      const transfer = {
        ...actionOf('transfer', swarm, choices),
        waits: choices.chance(swarm.waiting),
      } as Action;
      return [transfer, choices.chance(0.5) ? transfer : deliver(), ...(choices.chance(0.3) ? [any()] : [])];
    }
    case 7:
      // What a processor does with a wallet while its rules change.
      return [
        actionOf('change', swarm, choices),
        deliver(),
        ...(choices.chance(0.3) ? [lockWallets(choices)] : []),
      ];
    case 8: {
      // Captures of one hold, of which each may fit, and all of them don't.
      const capture = actionOf('capture', swarm, choices) as Extract<Action, { do: 'request' }>;
      const part = {
        hold: choices.int(0, 2),
        amount: { permille: choices.int(400, 1_000), plus: 0 },
        isFinal: false,
      };
      const again = { ...capture, request: { ...capture.request, ...part } } as Action;
      return [again, again, ...(choices.chance(0.5) ? [again] : [])];
    }
    case 9: {
      // Linked transactions over the same wallets in opposite orders, and who settles or locks some of them.
      const linked = actionOf('linked', swarm, choices) as Extract<Action, { do: 'request' }>;
      const { request } = linked as { readonly request: Extract<Request, { kind: 'linked' }> };
      const back = { ...linked, request: { ...request, entries: request.entries.toReversed() } };
      return [linked, back, choices.chance(0.5) ? deliver() : lockWallets(choices)];
    }
    default:
      return [any(), any(), ...(choices.chance(0.3) ? [any()] : [])];
  }
}

const anyAction = (swarm: Swarm, choices: Random): Action =>
  actionOf(choices.weighted(swarm.actions), swarm, choices);

function actionOf(kind: ActionKind, swarm: Swarm, choices: Random): Action {
  const reference = () => choices.int(0, MAX_REFERENCE);
  switch (kind) {
    case 'deliver':
      return delivery(swarm, choices);
    case 'relay':
      return { do: 'relay', isScheduled: choices.chance(0.2) };
    case 'repeat':
      return { do: kind, request: reference(), waits: choices.chance(swarm.waiting) };
    case 'misuse key':
      return { do: kind, request: reference() };
    case 'read':
      return { do: 'read', what: reference(), which: reference() };
    case 'follow':
      return { do: 'follow', list: reference(), limit: choices.int(1, MAX_FOLLOWED) };
    case 'move wallets':
      return { do: kind, wallets: [reference(), reference()], group: choices.int(1, 6) };
    case 'withdraw currency':
      return { do: kind, currency: reference() };
    case 'end holds':
      return { do: kind, hold: reference() };
    case 'change group count':
      return { do: kind, groups: choices.int(1, 6) };
    case 'lose messages':
      return { do: kind, messages: Array.from({ length: choices.int(1, 4) }, reference) };
    case 'send foreign message':
      return { do: kind, group: choices.int(1, 4) };
    case 'try':
      return { do: kind, request: requestOf(choices.pick(TRIED), swarm, choices) };
    case 'rebalance':
    case 'end leases':
    case 'redrive':
    case 'fail over':
      return { do: kind };
    default:
      return {
        do: 'request',
        request: requestOf(kind, swarm, choices),
        isKeyed: choices.chance(swarm.keyed),
        waits: choices.chance(swarm.waiting),
      };
  }
}

/** What can be tried out. */
const TRIED = ['receive', 'transfer', 'refund', 'hold', 'capture', 'release', 'batch', 'linked'] as const;

/** The most items on a page of a reader that goes on: few, so that it often stands in the middle of a list. */
const MAX_FOLLOWED = 6;

/** The most messages that Lambda receives from an SQS FIFO queue at once. */
const MAX_BATCH = 10;

function delivery(swarm: Swarm, choices: Random): Action {
  const isDisordered = choices.chance(swarm.disordered);
  return {
    do: 'deliver',
    messages: Array.from({ length: choices.int(1, MAX_BATCH) }, () => choices.int(0, MAX_REFERENCE)),
    order: isDisordered
      ? choices.pick(['any', 'wrong group'] as const)
      : choices.pick(['group', 'groups'] as const),
    isExpired: choices.chance(swarm.doubled),
    isKept: choices.chance(swarm.doubled),
  };
}

const lockWallets = (choices: Random): Action => ({
  do: 'lock wallets',
  wallets: Array.from({ length: choices.int(1, 8) }, () => choices.int(0, MAX_REFERENCE)),
});
