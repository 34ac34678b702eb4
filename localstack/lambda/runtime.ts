import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvokeStore, InvokeStoreBase } from '@aws/lambda-invoke-store';
import type { FunctionDefinition } from './service.ts';

/** Events worked on at once: a load generator's connections, with room for the queue, the bus and the schedules. */
const MAX_AT_ONCE = 64;

/** Events that may wait for their turn; more are refused, as Lambda throttles. */
const MAX_WAITING = 1_000;

/** A function's error, as Lambda tells it. */
interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** What came of an invocation: what the function returned, or how it failed. */
export type Result =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: FunctionError; readonly isTimeout: boolean };

/** Where functions run. */
export interface Runtime {
  /** @throws Error when too many events wait */
  invoke(definition: FunctionDefinition, event: unknown): Promise<Result>;
}

type Handler = (event: unknown, context: object) => Promise<unknown>;

/**
 * Loads the service's functions into this process. It is one execution environment that works on several events at a
 * time, as on Lambda Managed Instances: what a log line says of a request is kept for each invocation by Lambda's own
 * InvokeStore. A function that runs out of time is answered as on Lambda, but goes on to its end.
 *
 * @param folder where the functions' files are
 * @throws what a function throws when it is loaded, such as for a wrong setting
 */
export async function loadRuntime(
  functions: readonly FunctionDefinition[],
  folder: string,
): Promise<Runtime> {
  const store = await InvokeStore.getInstanceAsync(true);
  const handlers = new Map<string, Handler>();
  for (const { name, file, exported, environment } of functions) {
    Object.assign(process.env, environment);
    const module = (await import(moduleOf(folder, file, environment))) as Record<string, Handler | undefined>;
    const handler = module[exported];
    if (handler === undefined) throw new Error(`${file}.ts exports no ${exported}`);
    handlers.set(name, handler);
  }
  const turns = limitAtOnce();
  return {
    invoke: async (definition, event) => {
      await turns.take();
      try {
        const context = contextOf(definition);
        const handler = handlers.get(definition.name);
        const scope = { [InvokeStoreBase.PROTECTED_KEYS.REQUEST_ID]: context.awsRequestId };
        return await inTime(definition.timeoutMs, async () => {
          if (handler === undefined) throw new Error(`${definition.name} is not loaded`);
          return await store.run(scope, () => handler(event, context));
        });
      } finally {
        turns.give();
      }
    },
  };
}

/**
 * A function's module, which reads its settings when it is loaded: once for each database that its functions sign in to, as
 * each of them does so as a role of its own.
 */
function moduleOf(folder: string, file: string, environment: FunctionDefinition['environment']): string {
  const url = pathToFileURL(join(folder, `${file}.ts`));
  const { DATABASE_URL: database = '' } = environment;
  url.search = URL.canParse(database) ? `as=${new URL(database).username}` : '';
  return url.href;
}

function contextOf({ name, memoryMb, timeoutMs }: FunctionDefinition) {
  const deadline = Date.now() + timeoutMs;
  return {
    awsRequestId: randomUUID(),
    functionName: name,
    memoryLimitInMB: String(memoryMb),
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function inTime(timeoutMs: number, work: () => Promise<unknown>): Promise<Result> {
  const late = Promise.withResolvers<Result>();
  const timer = setTimeout(() => {
    const errorMessage = `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`;
    late.resolve({
      ok: false,
      error: { errorType: 'Sandbox.Timedout', errorMessage, trace: [] },
      isTimeout: true,
    });
  }, timeoutMs);
  const done = work().then((value): Result => ({ ok: true, value }), toFailure);
  const result = await Promise.race([done, late.promise]);
  clearTimeout(timer);
  return result;
}

function toFailure(error: unknown): Result {
  console.error(error);
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const trace = stack.split('\n');
  return { ok: false, error: { errorType: name, errorMessage: message, trace }, isTimeout: false };
}

/** Lets {@link MAX_AT_ONCE} at a time through, the others in the order in which they came. */
function limitAtOnce() {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  return {
    async take(): Promise<void> {
      if (underWay < MAX_AT_ONCE) {
        underWay += 1;
        return;
      }
      if (waiting.length >= MAX_WAITING) throw new Error(`${MAX_WAITING} events wait already`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
    give(): void {
      const next = waiting.shift();
      if (next === undefined) underWay -= 1;
      else next();
    },
  };
}
