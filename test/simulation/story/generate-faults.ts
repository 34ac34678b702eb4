import type { Random } from './random.ts';
import type { Action, CallFault, Cut, DatabaseFault, Faults } from './script.ts';
import type { FaultKind, Swarm } from './swarm.ts';

/** The faults that can hit an action, and about how many statements it makes at most. */
interface Exposure {
  readonly faults: readonly FaultKind[];
  readonly statements: number;
}

const HTTP: Exposure = {
  faults: ['database', 'down', 'idleCut', 'queue', 'bus', 'replyLost'],
  statements: 6,
};

/** The same where it settles, too. */
const WAITING: Exposure = { ...HTTP, statements: 24 };

const EXPOSURES: Partial<Record<Action['do'], Exposure>> = {
  request: HTTP,
  repeat: HTTP,
  read: { faults: ['database', 'down', 'idleCut'], statements: 2 },
  follow: { faults: ['database', 'down', 'idleCut'], statements: 3 },
  deliver: {
    faults: ['database', 'down', 'idleCut', 'queue', 'bus', 'postpone', 'late'],
    statements: 20,
  },
  relay: { faults: ['database', 'down', 'idleCut', 'queue', 'bus'], statements: 12 },
  'fan out': { faults: ['database', 'down', 'idleCut', 'queue'], statements: 8 },
  post: { faults: ['queue'], statements: 0 },
  'note results': { faults: ['database', 'down', 'idleCut', 'queue', 'bus'], statements: 10 },
  'relay webhooks': { faults: ['database', 'down', 'idleCut', 'queue'], statements: 8 },
  rebalance: { faults: ['database', 'down', 'bus'], statements: 12 },
};

const CUTS: readonly Cut[] = ['before', 'torn', 'during', 'after', 'torn reply'];

/** SQLSTATEs of lost races, time limits, no connections left, and a server that became read-only. */
const REFUSALS = ['40001', '40P01', '57014', '55P03', '53300', '25006'];

export function faultsOf(action: Action, swarm: Swarm, choices: Random): Faults {
  const exposure = 'waits' in action && action.waits ? WAITING : EXPOSURES[action.do];
  if (exposure === undefined) return {};
  const struck = new Set(exposure.faults.filter((kind) => choices.chance(swarm.faults[kind])));
  return {
    ...(struck.has('database') ? { database: databaseFault(exposure.statements, choices) } : {}),
    ...(struck.has('down') ? { down: choices.pick(['reset', 'close'] as const) } : {}),
    ...(struck.has('idleCut') ? { idleCut: true } : {}),
    ...(struck.has('queue') ? { queue: callFault(choices) } : {}),
    ...(struck.has('bus') ? { bus: callFault(choices) } : {}),
    ...(struck.has('postpone') ? { postpone: true } : {}),
    ...(struck.has('late') ? { late: choices.int(0, 2) } : {}),
    ...(struck.has('replyLost') ? { replyLost: true } : {}),
  };
}

function databaseFault(statements: number, choices: Random): DatabaseFault {
  const isRefusal = choices.chance(0.15);
  return {
    at: choices.chance(0.3) ? 'commit' : choices.int(1, statements),
    how: isRefusal ? `refuse ${choices.pick(REFUSALS)}` : choices.pick(CUTS),
    isReset: choices.chance(0.5),
    isCrash: !isRefusal && choices.chance(0.3),
  };
}

const callFault = (choices: Random): CallFault => ({
  at: choices.int(1, 2),
  how: choices.pick(['before', 'after', 'part'] as const),
});
