import { createRequire } from 'node:module';
import { serveParent } from '../processes/parent.ts';

/** How often to look whether the command has failed. */
const FAILURE_POLL_MS = 100;

/**
 * Runs the `serverless` command in this process, with the arguments that the parent gave. Its own handlers of SIGTERM
 * stop it; before it has any, the signal ends the process at once. So there is nothing to wait for here.
 */
await serveParent(async () => {
  const command = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const args = JSON.parse(process.argv[2] ?? '[]') as string[];
  process.argv = [process.execPath, command, ...args];
  await import(command);
  // After a failed build it says so and sets the exit code, but esbuild's other builds keep the process alive.
  setInterval(() => {
    if (process.exitCode !== undefined) process.exit();
  }, FAILURE_POLL_MS).unref();
  return {
    ready: null,
    stop: () => {
      process.kill(process.pid, 'SIGTERM');
      return new Promise(() => {});
    },
  };
});
