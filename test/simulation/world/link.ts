import type { Socket } from 'node:net';
import type { DatabaseFault } from '../story/script.ts';
import { type Exchange, exchanges, framer, readError, readPid, simpleQuery } from './protocol.ts';

/** Lets statements pass one by one when several actors run at once. */
export interface Gate {
  /** Resolves when the statement may run. */
  turn(slot: number, statement: string): Promise<void>;
  answered(slot: number): void;
}

/** An error from PostgreSQL that the simulator did not inject. */
export interface DatabaseError {
  readonly code: string;
  readonly message: string;
  readonly statement: string;
}

/** A fault that struck. */
export interface Struck {
  /** Its kind, for the tally. */
  readonly kind: string;
  /** Where it struck, for a story. */
  readonly where: string;
}

/** The state that a wire's connections share during a step. */
export interface WireStep {
  fault: DatabaseFault | undefined;
  gate: Gate | undefined;
  statements: number;
  struck: Struck | undefined;
  /** Whether the instance died; `onDeath` is called when it does. */
  isDead: boolean;
  onDeath: () => void;
  /**
   * The connection that took the wire's last turn: a statement of one before it, which was cut and still ran, ends no turn of its
   * successor.
   */
  turnOf: object | undefined;
  /** How new connections are refused, if they are. */
  refuses: 'reset' | 'close' | undefined;
}

export interface Link {
  cut(isReset: boolean): void;
  pid(): number | undefined;
}

/** Characters quoted of a statement in a story. */
const QUOTE_LENGTH = 48;

/** The cut, in the words of a story. */
const CUT_WORDS = {
  before: 'connection cut before',
  torn: 'connection cut within',
  during: 'connection cut during',
  after: 'connection cut after',
  'torn reply': 'connection cut within the reply to',
} as const;

const isCommit = (statement: string): boolean => /^\s*commit\s*$/i.test(statement);

/** The statement sent instead of a refused one. If COMMIT fails, PostgreSQL ends the transaction, hence the ROLLBACK. */
const refusal = (code: string, statement: string): Buffer =>
  simpleQuery(
    `${isCommit(statement) ? 'ROLLBACK;' : ''} DO $$ BEGIN RAISE EXCEPTION 'refused by the simulator' ` +
      `USING ERRCODE = '${code}'; END $$`,
  );

/** The state of one connection through a wire. */
interface Passage {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly slot: number;
  readonly step: WireStep;
  readonly waiting: Exchange[];
  current: Exchange | undefined;
  isStarted: boolean;
  isCut: boolean;
  isRefused: boolean;
  pid: number | undefined;
  /** The server's answer while it is withheld from the client; undefined if it is passed on. */
  withheld: Buffer[] | undefined;
  /** Called after the answer to the current exchange. */
  afterAnswer: (() => void) | undefined;
}

/**
 * Passes one connection's bytes on, exchange by exchange: the next exchange is sent when the previous one is answered.
 *
 * @param side the wire's slot, its step, and the list that errors are added to
 */
export function openLink(
  client: Socket,
  upstream: Socket,
  { slot, step, errors }: { slot: number; step: WireStep; errors: DatabaseError[] },
): Link {
  const passage: Passage = {
    ...{ client, upstream, slot, step, waiting: [], current: undefined },
    ...{ isStarted: false, isCut: false, isRefused: false },
    ...{ pid: undefined, withheld: undefined, afterAnswer: undefined },
  };
  const fromClient = framer();
  const group = exchanges();
  client.on('data', (chunk) => {
    if (passage.isCut) return;
    if (!passage.isStarted) return void upstream.write(chunk);
    passage.waiting.push(...group(fromClient(chunk)));
    void pump(passage);
  });
  client.on('close', () => {
    passage.isCut = true;
    // A statement that still runs is left to end, so that waiting for this connection's end includes it.
    if (passage.afterAnswer === undefined) upstream.end();
  });
  upstream.on('error', () => {});
  upstream.on('close', () => {
    if (!passage.isCut) client.end();
    if (passage.current?.statement !== undefined) endTurn(passage);
  });
  const fromServer = framer();
  upstream.on('data', (chunk) => {
    let isAnswered = false;
    for (const { type, bytes } of fromServer(chunk)) {
      if (type === 'K') passage.pid = readPid(bytes);
      if (type === 'Z') passage.isStarted = true;
      if (type === 'E' && !passage.isRefused)
        errors.push({ ...readError(bytes), statement: passage.current?.statement ?? '' });
      if (passage.current?.answeredBy.includes(type)) isAnswered = true;
    }
    if (passage.withheld !== undefined) passage.withheld.push(chunk);
    else if (!passage.isCut) client.write(chunk);
    if (isAnswered) answered(passage);
  });
  return { cut: (isReset) => cut(passage, isReset), pid: () => passage.pid };
}

function cutClient(passage: Passage, isReset: boolean, last?: Buffer): void {
  const { client } = passage;
  passage.isCut = true;
  if (isReset && last === undefined) client.resetAndDestroy();
  else if (isReset) client.write(last ?? '', () => client.resetAndDestroy());
  else if (last === undefined) client.destroy();
  else client.end(last);
}

function cut(passage: Passage, isReset: boolean, last?: Buffer): void {
  cutClient(passage, isReset, last);
  passage.upstream.end();
}

/** Sends the next exchange unless one is under way. */
async function pump(passage: Passage): Promise<void> {
  const { step, slot, upstream } = passage;
  if (passage.current !== undefined) return;
  const exchange = passage.waiting.shift();
  if (exchange === undefined) return;
  passage.current = exchange;
  const { statement, bytes } = exchange;
  if (statement !== undefined) {
    await step.gate?.turn(slot, statement);
    if (passage.isCut) return;
    step.turnOf = passage;
    step.statements += 1;
    const fault = hit(step, statement);
    if (fault !== undefined) return strike(passage, fault, statement, bytes);
  }
  upstream.write(bytes);
}

function strike(passage: Passage, fault: DatabaseFault, statement: string, bytes: Buffer): void {
  const { step, upstream } = passage;
  const { how, isReset } = fault;
  const quote = statement.trim().replace(/\s+/g, ' ').slice(0, QUOTE_LENGTH);
  step.struck = { kind: kindOf(fault, statement), where: `statement ${step.statements}: ${quote}` };
  if (fault.isCrash) {
    step.isDead = true;
    step.refuses = 'reset';
    step.onDeath();
  }
  passage.withheld = how === 'after' || how === 'torn reply' || how === 'during' ? [] : undefined;
  switch (how) {
    case 'before':
      cut(passage, isReset);
      return;
    case 'torn':
      upstream.write(bytes.subarray(0, bytes.length / 2));
      cut(passage, isReset);
      return;
    case 'during':
      upstream.write(bytes);
      passage.afterAnswer = () => upstream.end();
      cutClient(passage, isReset);
      return;
    case 'after':
      upstream.write(bytes);
      passage.afterAnswer = () => cut(passage, isReset);
      return;
    case 'torn reply':
      upstream.write(bytes);
      passage.afterAnswer = () => {
        const reply = Buffer.concat(passage.withheld ?? []);
        cut(passage, isReset, reply.subarray(0, reply.length / 2));
      };
      return;
    default:
      passage.isRefused = true;
      upstream.write(refusal(how.slice('refuse '.length), statement));
  }
}

function answered(passage: Passage): void {
  const hadTurn = passage.current?.statement !== undefined;
  passage.current = undefined;
  passage.afterAnswer?.();
  passage.afterAnswer = undefined;
  passage.isRefused = false;
  if (hadTurn) endTurn(passage);
  if (!passage.isCut) void pump(passage);
}

function endTurn(passage: Passage): void {
  const { step, slot } = passage;
  if (step.turnOf === passage) step.gate?.answered(slot);
}

/** The step's fault, if it is meant for this statement; it strikes once. */
function hit(step: WireStep, statement: string): DatabaseFault | undefined {
  const { fault } = step;
  if (fault === undefined || (fault.at === 'commit' ? !isCommit(statement) : fault.at !== step.statements))
    return;
  step.fault = undefined;
  return fault;
}

function kindOf({ how, isCrash }: DatabaseFault, statement: string): string {
  const what = isCommit(statement) ? 'COMMIT' : 'a statement';
  if (!(how in CUT_WORDS)) return `${what} refused (${how.slice('refuse '.length)})`;
  return `${isCrash ? 'instance died, ' : ''}${CUT_WORDS[how as keyof typeof CUT_WORDS]} ${what}`;
}
