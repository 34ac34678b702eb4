import { reconcile } from '../../lib/books/reconcile.ts';
import { verifyChains } from '../../lib/books/verify.ts';
import { checkUnchanged } from './checks/check-books.ts';
import { show } from './checks/check-legs.ts';
import { checkErrors, checkStep } from './checks/check-step.ts';
import { drain } from './checks/drain.ts';
import { openGuard } from './checks/guard.ts';
import { readAll } from './checks/journal.ts';
import { must, Violation } from './checks/violation.ts';
import { perform } from './story/perform.ts';
import { random } from './story/random.ts';
import type { Actor, Script, Step } from './story/script.ts';
import type { Lambda } from './world/lambda.ts';
import { prepareWorld } from './world/prepare-world.ts';
import { createTurns, type Turns } from './world/turns.ts';
import { closeWorld, count, emptyStep, openWorld, replaceDead, type World } from './world/world.ts';

/** A run's result. */
export interface Outcome {
  readonly tally: ReadonlyMap<string, number>;
  /** One line for each actor of each step. */
  readonly story: readonly string[];
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly rule: string;
  readonly message: string;
  /** The step that broke the rule, from 1; the number of steps plus one if it broke after faults had stopped. */
  readonly step: number;
}

/** Milliseconds that a step may take: hundreds of times what one takes, since machines are shared. */
const STEP_LIMIT_MS = 60_000;

/** Milliseconds that all remaining operations get to end. */
const DRAIN_LIMIT_MS = 120_000;

/** Steps between two audits, which take longer as a run grows. */
const AUDIT_STEPS = 500;

/** Seconds that reconcile and verify may take. */
const AUDIT_LIMIT_SECONDS = 60;

/** Runs a script against a new database. */
export async function run(
  serverUrl: string,
  script: Script,
  onStep = (_done: number): void => {},
): Promise<Outcome> {
  // All randomness comes from the script. With 0, the random pauses before a retry take no time.
  Math.random = () => 0;
  const guard = openGuard();
  const world = await openWorld(serverUrl, script.setting);
  const story: string[] = [];
  let step = 0;
  try {
    await prepareWorld(world);
    for (const scripted of script.steps) {
      step += 1;
      await guard.run(STEP_LIMIT_MS, doStep(world, scripted, step, story));
      if (step % AUDIT_STEPS === 0) await audit(world);
      onStep(step);
    }
    step += 1;
    story.push('no more faults: the relay runs, and every message is delivered');
    await guard.run(DRAIN_LIMIT_MS, drain(world));
    await audit(world);
    return { tally: world.tally, story, failure: undefined };
  } catch (error) {
    const rule = error instanceof Violation ? error.rule : 'the simulation ends without an error';
    const message =
      error instanceof Violation ? error.message : String(error instanceof Error ? error.stack : error);
    return { tally: world.tally, story, failure: { rule, message, step } };
  } finally {
    await closeWorld(world, serverUrl);
    guard.close();
  }
}

async function doStep(world: World, { actors, turns }: Step, number: number, story: string[]): Promise<void> {
  world.step = emptyStep();
  world.isAlone = actors.length === 1;
  count(world, world.isAlone ? 'steps of one actor' : 'steps of several actors at once');
  const gate =
    actors.length > 1
      ? createTurns(actors.length, random(turns.seed), turns.stickiness, () => blockedSlots(world))
      : undefined;
  const acting = actors.map((actor, slot) => ({ actor, lambda: lambdaOf(world, slot) }));
  for (const { actor, lambda } of acting) await lambda.begin(actor.faults, gate);
  const actions = acting.map(({ actor, lambda }) => act(world, lambda, actor, gate));
  const results = await Promise.allSettled([...actions, gate?.run()]);
  for (const { lambda } of acting) await lambda.end();
  acting.forEach(({ actor, lambda }, index) => {
    const result = results[index];
    const outcome = result?.status === 'fulfilled' ? result.value : String(result?.reason);
    const struck = lambda.struck();
    for (const { kind } of struck) count(world, `fault: ${kind}`);
    const faults = [...struck.map(({ kind, where }) => `${kind}${where && ` (${where})`}`)];
    if (actor.faults.replyLost) faults.push('the reply is lost');
    story.push([`${number}${actors.length > 1 ? 'abc'[index] : ''}. ${outcome}`, ...faults].join('; '));
  });
  await replaceDead(world);
  world.queue.tick();
  // PostgreSQL's errors are nearer to the cause than their consequences.
  checkErrors(world);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  await checkStep(world);
}

async function act(world: World, lambda: Lambda, actor: Actor, gate: Turns | undefined): Promise<string> {
  try {
    return (await perform(world, lambda, actor, gate)) ?? '';
  } finally {
    gate?.done(lambda.slot);
  }
}

function lambdaOf(world: World, slot: number): Lambda {
  const lambda = world.lambdas[slot];
  if (lambda === undefined) throw new Error(`a step has more than ${world.lambdas.length} actors`);
  return lambda;
}

/** The slots of the instances whose statement waits for a lock. */
async function blockedSlots({ sql, lambdas }: World): Promise<ReadonlySet<number>> {
  const rows = await sql<{ pid: number }[]>`SELECT pid FROM pg_locks WHERE NOT granted`;
  const pids = new Set(rows.map(({ pid }) => pid));
  return new Set(lambdas.filter(({ wire }) => pids.has(wire.pid() ?? 0)).map(({ slot }) => slot));
}

/** Checks every operation, and runs the system's own checks, reconcile and verify. */
async function audit(world: World): Promise<void> {
  checkUnchanged(world.journal, await readAll(world.sql));
  const books = await reconcile(world.sql, AUDIT_LIMIT_SECONDS);
  must(books.isClean, 'reconcile is clean', () => show(books.checks.filter(({ problems }) => problems > 0)));
  const chains = await verifyChains(world.sql, AUDIT_LIMIT_SECONDS);
  must(chains.isClean, 'verify is clean', () => show(chains.findings));
  count(world, 'reconcile and verify');
}
