import { createRequire } from 'node:module';
import { serveParent } from './parent.ts';

/**
 * Runs the `serverless` command in this process, with the arguments that the parent gave. Its own handlers of SIGTERM
 * stop it; before it has any, the signal ends the process at once. So there is nothing to wait for here.
 */
await serveParent(async () => {
  const command = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const args = JSON.parse(process.argv[2] ?? '[]') as string[];
  process.argv = [process.execPath, command, ...args];
  await import(command);
  return {
    ready: null,
    stop: () => {
      process.kill(process.pid, 'SIGTERM');
      return new Promise(() => {});
    },
  };
});
