import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Scope } from '../access/api-key.ts';
import type { Tx } from '../postgres/database.ts';
import { TAKEN } from '../postgres/idempotency.ts';
import type { Result } from '../wire/refusal.ts';
import { payloadReply, refusalReply } from './reply.ts';
import type { Command, Requested } from './route.ts';

/** How a command is tried out: all that it would do now, and nothing that stays. */
export interface DryRun<Deps, Input, Value, Path> {
  /** What a caller's key must be good for besides: the reply tells balances. */
  readonly scope: Scope;
  /** The wallets that a request is about. */
  readonly wallets: (tx: Tx, input: Input, path: Path) => Promise<readonly bigint[]>;
  /** The transactions that it made. */
  readonly transactions: (value: Value) => readonly string[];
  /** Does it and undoes it. @returns what became of it */
  readonly settle: (deps: Deps, attempt: Attempt) => Promise<Shown>;
  /** The reply's payload. */
  readonly payload: (value: Value, shown: Shown) => object;
}

/** What is read of a request that was tried out, before it is undone. */
interface Shown {
  /** What became of each of its transactions. */
  readonly outcomes: ReadonlyMap<string, object>;
  /** The wallets that it was about, as they would be. */
  readonly wallets: readonly object[];
}

/** What is done and undone: see lib/settle/dry-run.ts. */
interface Attempt {
  wallets(tx: Tx): Promise<readonly bigint[]>;
  record(tx: Tx): Promise<readonly string[]>;
}

/** A body that may say that it is only tried out. */
interface Triable {
  readonly DryRun?: boolean | undefined;
}

/** Whether a request is only to be tried out. */
export const isDryRun = (input: unknown): boolean => (input as Triable).DryRun === true;

/** Tries a request out. It takes no idempotency key: the same request may have another outcome the next time. */
export async function tryOut<Deps, Input, Value, Path>(
  command: Command<Input, Deps, Value, Path>,
  deps: Deps,
  request: Requested<Input, Path>,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { dryRun, route } = command;
  if (dryRun === undefined) throw new Error(`${route} takes a DryRun that it can't do`);
  const { input, path, context } = request;
  if (!context.mayAlso(dryRun.scope)) return refusalReply(lacks(dryRun.scope));
  const recorded: Result<Value>[] = [];
  const shown = await dryRun.settle(deps, {
    wallets: (tx) => dryRun.wallets(tx, input, path),
    record: async (tx) => {
      const result = await performIn(command, tx, request);
      recorded.push(result);
      return result.ok ? dryRun.transactions(result.value) : [];
    },
  });
  const result = recorded.at(-1);
  if (result === undefined) throw new Error('a request that is tried out was not recorded');
  return result.ok ? payloadReply(dryRun.payload(result.value, shown)) : refusalReply(result.refusal);
}

/** Does a command's work within a transaction. */
async function performIn<Input, Deps, Value, Path>(
  { record, execute, transact }: Command<Input, Deps, Value, Path>,
  tx: Tx,
  { input, context, path }: Requested<Input, Path>,
): Promise<Result<Value>> {
  if (transact) return await transact(tx, input, context, path);
  if (execute) return await execute(tx, input, context, path);
  const result = await record(tx, input, context, path, undefined);
  if (result === TAKEN) throw new Error('a key was taken that nobody claimed');
  return result;
}

const lacks = (scope: Scope) => ({
  code: 'forbidden' as const,
  error: `DryRun tells balances, so the API key must have the scope ${scope}, too`,
});
