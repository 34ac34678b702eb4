import cluster, { type Worker } from 'node:cluster';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT } from '../processes/child.ts';
import { type Part, say, serveParent } from '../processes/parent.ts';
import type { FunctionsProcessOptions } from './functions.ts';
import type { WorkerMessage, WorkerTask } from './functions-worker.ts';
import { readService } from './service.ts';
import { watchSources } from './watch.ts';

/** How often the functions are started anew after they ended by themselves, before that counts as a crash. */
const MAX_RESTARTS = 10;

/** How long functions may take to hear that they must stop: edited code may never end what it does. */
const STOP_LIMIT_MS = 1_000;

await serveParent(async (): Promise<Part> => {
  const options = JSON.parse(process.argv[2] ?? '') as FunctionsProcessOptions;
  say('Functions: reading serverless.yml');
  const service = await readService('local', PROJECT, process.env);
  // Workers accept by themselves: no connection makes a detour through this process.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: join(import.meta.dirname, 'functions-worker.ts'), args: [] });
  say(`Functions: loading ${service.functions.length}`);
  let current = await start({ options, service });
  let restarts = 0;
  let isStopping = false;
  cluster.on('exit', (worker, code, signal) => {
    if (isStopping || worker !== current) return;
    say(`The functions ended (${signal ?? `exit code ${code}`}) and are started again`);
    restarts += 1;
    if (restarts > MAX_RESTARTS) process.exit(1);
    start({ options, service }).then(
      (worker) => {
        current = worker;
      },
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  const watching = watchSources(PROJECT, async (files) => {
    const begun = performance.now();
    const names = files.join(', ');
    try {
      const previous = current;
      current = await start({ options, service });
      await stop(previous);
      say(`Took over ${names} in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(`Did not take over ${names}; the previous code goes on: ${why}`);
    }
  });
  return {
    ready: null,
    stop: async () => {
      isStopping = true;
      watching.stop();
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
    },
  };
});

/** Starts the functions in a process of their own; resolves once it listens. */
async function start(task: WorkerTask): Promise<Worker> {
  const worker = cluster.fork();
  worker.send(task);
  const message = await new Promise<WorkerMessage>((resolve) => {
    worker.once('message', resolve);
    worker.once('exit', (code, signal) =>
      resolve({ failed: `they ended with ${signal ?? `exit code ${code}`}` }),
    );
  });
  if ('listening' in message) return worker;
  worker.process.kill('SIGKILL');
  throw new Error('failed' in message ? message.failed : 'they ended before they began');
}

/**
 * Has the functions stop; resolves once they have closed the connections that no request is on: a caller that heard of the new
 * ones and sent a request on such a connection would get no answer.
 */
async function stop(worker: Worker): Promise<void> {
  const draining = new Promise<void>((resolve) => {
    worker.once('message', () => resolve());
    worker.once('exit', () => resolve());
  });
  worker.send('stop');
  await Promise.race([draining, sleep(STOP_LIMIT_MS)]);
}
