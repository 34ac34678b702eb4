import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { enableCompileCache } from 'node:module';
import { LOOPBACK } from '../addresses.ts';
import { guardServer } from '../guard.ts';
import { PROJECT } from '../processes/child.ts';
import { bufferOutput } from './buffered-output.ts';
import type { FunctionsProcessOptions } from './functions.ts';
import { createHttpApi } from './http-api.ts';
import { createInvokeApi } from './invoke-api.ts';
import { loadRuntime, type Runtime } from './runtime.ts';
import { startSchedules } from './schedules.ts';
import type { Service } from './service.ts';
import { createSubscribers, SUBSCRIBERS_PATH } from './subscribers.ts';

/*
 * The functions in one process, with everything that invokes them. When a file is edited, the process of the functions
 * starts another one like this, and stops this one once that listens.
 */

/** What this process is told first. */
export interface WorkerTask {
  readonly options: FunctionsProcessOptions;
  readonly service: Service;
}

/** What this process says of itself. */
export type WorkerMessage =
  | { readonly listening: true }
  | { readonly failed: string }
  /** Told to stop, it has closed the connections that no request is on. */
  | { readonly draining: true };

/** Seconds that requests under way get to end once another process has taken over. */
const DRAIN_LIMIT_SECONDS = 30;

enableCompileCache();
bufferOutput();
process.on('unhandledRejection', (reason) => console.error('A function left a rejection behind:', reason));

const tell = (message: WorkerMessage): void => void process.send?.(message);

const [task] = (await once(process, 'message')) as [WorkerTask];
try {
  await serve(task);
  tell({ listening: true });
} catch (error) {
  console.error(error);
  tell({ failed: error instanceof Error ? error.message : String(error) });
}

async function serve({ options, service }: WorkerTask): Promise<void> {
  const runtime = await loadRuntime(service.functions, PROJECT);
  const servers: readonly [number, Server][] = [
    [options.httpPort, createHttpApi(service, runtime, !options.auth)],
    [options.lambdaPort, createLambda(service, runtime)],
  ];
  for (const [port, server] of servers) {
    server.listen({ port, host: LOOPBACK });
    await once(server, 'listening');
  }
  const schedules = startSchedules(service, runtime);
  process.once('message', () => {
    schedules.stop();
    setTimeout(() => process.exit(), DRAIN_LIMIT_SECONDS * 1_000).unref();
    const closed = servers.map(([, server]) => once(server.close(), 'close'));
    setImmediate(() => tell({ draining: true }));
    void Promise.all(closed).then(() => process.exit());
  });
}

/** Lambda's Invoke API, and beside it the endpoint of the local bus: a port less that another program could take. */
function createLambda(service: Service, runtime: Runtime): Server {
  const invokeApi = createInvokeApi(service, runtime);
  const subscribers = createSubscribers(service, runtime);
  return guardServer(
    createServer((request, response) => {
      const server = request.url === SUBSCRIBERS_PATH ? subscribers : invokeApi;
      server.emit('request', request, response);
    }),
  );
}
