import type { Socket } from 'node:net';
import type { DatabaseFault } from '../story/script.ts';
import { type Exchange, exchanges, framer, readError, readPid, simpleQuery } from './protocol.ts';

/** Lets statements pass one by one, where several actors work at once. */
export interface Gate {
  /** Resolves when the statement may run. */
  turn(slot: number, statement: string): Promise<void>;
  answered(slot: number): void;
}

/** An error that PostgreSQL answered of itself. */
export interface DatabaseError {
  readonly code: string;
  readonly message: string;
  readonly statement: string;
}

/** A fault as it struck. */
export interface Struck {
  /** Its kind, as it is counted. */
  readonly kind: string;
  /** Where it struck, for a story. */
  readonly where: string;
}

/** What a wire's connections share during a step. */
export interface WireStep {
  fault: DatabaseFault | undefined;
  gate: Gate | undefined;
  statements: number;
  struck: Struck | undefined;
  /** Whether the instance died; `onDeath` tells who waits for it. */
  isDead: boolean;
  onDeath: () => void;
  /** How new connections are refused, if they are. */
  refuses: 'reset' | 'close' | undefined;
}

export interface Link {
  cut(isReset: boolean): void;
  pid(): number | undefined;
}

/** Characters of a statement that a story quotes. */
const QUOTE_LENGTH = 48;

/** What became of the statement, in the words of a story. */
const CUT_WORDS = {
  before: 'connection cut before',
  torn: 'connection cut within',
  during: 'connection cut during',
  after: 'connection cut after',
  'torn reply': 'connection cut within the reply to',
} as const;

const isCommit = (statement: string): boolean => /^\s*commit\s*$/i.test(statement);

/** What a refused statement becomes; the server ends the transaction by itself when COMMIT fails. */
const refusal = (code: string, statement: string): Buffer =>
  simpleQuery(
    `${isCommit(statement) ? 'ROLLBACK;' : ''} DO $$ BEGIN RAISE EXCEPTION 'refused by the simulator' ` +
      `USING ERRCODE = '${code}'; END $$`,
  );

/**
 * Passes one connection's bytes on, exchange by exchange: the next one goes out when the one before is answered.
 *
 * @param side the wire's slot, its step, and where errors are noted
 */
export function openLink(
  client: Socket,
  upstream: Socket,
  { slot, step, errors }: { slot: number; step: WireStep; errors: DatabaseError[] },
): Link {
  const fromClient = framer();
  const fromServer = framer();
  const group = exchanges();
  const waiting: Exchange[] = [];
  let current: Exchange | undefined;
  let isStarted = false;
  let isCut = false;
  let isRefused = false;
  let pid: number | undefined;
  let withheld: Buffer[] | undefined;
  let afterAnswer: (() => void) | undefined;

  const cutClient = (isReset: boolean, last?: Buffer): void => {
    isCut = true;
    if (isReset && last === undefined) client.resetAndDestroy();
    else if (isReset) client.write(last ?? '', () => client.resetAndDestroy());
    else if (last === undefined) client.destroy();
    else client.end(last);
  };
  const cut = (isReset: boolean, last?: Buffer): void => {
    cutClient(isReset, last);
    upstream.end();
  };

  async function pump(): Promise<void> {
    if (current !== undefined) return;
    const exchange = waiting.shift();
    if (exchange === undefined) return;
    current = exchange;
    const { statement, bytes } = exchange;
    if (statement !== undefined) {
      await step.gate?.turn(slot, statement);
      if (isCut) return;
      step.statements += 1;
      const fault = hit(step, statement);
      if (fault !== undefined) return strike(fault, statement, bytes);
    }
    upstream.write(bytes);
  }

  function strike(fault: DatabaseFault, statement: string, bytes: Buffer): void {
    const { how, isReset } = fault;
    const quote = statement.trim().replace(/\s+/g, ' ').slice(0, QUOTE_LENGTH);
    step.struck = { kind: kindOf(fault, statement), where: `statement ${step.statements}: ${quote}` };
    if (fault.isCrash) {
      step.isDead = true;
      step.refuses = 'reset';
      step.onDeath();
    }
    withheld = how === 'after' || how === 'torn reply' || how === 'during' ? [] : undefined;
    switch (how) {
      case 'before':
        cut(isReset);
        return;
      case 'torn':
        upstream.write(bytes.subarray(0, bytes.length / 2));
        cut(isReset);
        return;
      case 'during':
        upstream.write(bytes);
        afterAnswer = () => upstream.end();
        cutClient(isReset);
        return;
      case 'after':
        upstream.write(bytes);
        afterAnswer = () => cut(isReset);
        return;
      case 'torn reply':
        upstream.write(bytes);
        afterAnswer = () => {
          const reply = Buffer.concat(withheld ?? []);
          cut(isReset, reply.subarray(0, reply.length / 2));
        };
        return;
      default:
        isRefused = true;
        upstream.write(refusal(how.slice('refuse '.length), statement));
    }
  }

  function answered(): void {
    const hadTurn = current?.statement !== undefined;
    current = undefined;
    afterAnswer?.();
    [afterAnswer, isRefused] = [undefined, false];
    if (hadTurn) step.gate?.answered(slot);
    if (!isCut) void pump();
  }

  client.on('data', (chunk) => {
    if (isCut) return;
    if (!isStarted) return void upstream.write(chunk);
    waiting.push(...group(fromClient(chunk)));
    void pump();
  });
  client.on('close', () => {
    isCut = true;
    // What still runs is left to end, so that whoever waits for this connection's end waits for that.
    if (afterAnswer === undefined) upstream.end();
  });
  upstream.on('error', () => {});
  upstream.on('close', () => {
    if (!isCut) client.end();
    if (current?.statement !== undefined) step.gate?.answered(slot);
  });
  upstream.on('data', (chunk) => {
    let isAnswered = false;
    for (const { type, bytes } of fromServer(chunk)) {
      if (type === 'K') pid = readPid(bytes);
      if (type === 'Z') isStarted = true;
      if (type === 'E' && !isRefused)
        errors.push({ ...readError(bytes), statement: current?.statement ?? '' });
      if (current?.answeredBy.includes(type)) isAnswered = true;
    }
    if (withheld !== undefined) withheld.push(chunk);
    else if (!isCut) client.write(chunk);
    if (isAnswered) answered();
  });
  return { cut, pid: () => pid };
}

/** The step's fault, where it is meant for this statement: it strikes once. */
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
