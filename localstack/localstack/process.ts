import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOOPBACK, REGION } from '../addresses.ts';
import { serveParent } from '../processes/parent.ts';
import { LOCALSTACK_SERVICES, whenLocalStackRuns } from './resources.ts';

const RUN = fileURLToPath(new URL('../python/run.py', import.meta.url));

// LocalStack is of this process's group and keeps nothing: killed is stopped, and there is no need to wait for it.
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));

/** Runs LocalStack from its Python package, with all its files in one folder. */
await serveParent(async () => {
  const options = JSON.parse(process.argv[2] ?? '') as { environment: string; port: number; dataDir: string };
  const endpoint = `http://${LOOPBACK}:${options.port}`;
  rmSync(options.dataDir, { recursive: true, force: true });
  const tmp = join(options.dataDir, 'tmp');
  mkdirSync(tmp, { recursive: true });
  const child = spawn(join(options.environment, 'bin', 'python'), [RUN], {
    cwd: options.dataDir,
    // The open pipe tells it that this process lives.
    stdio: ['pipe', 'inherit', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: options.dataDir,
      XDG_CACHE_HOME: join(options.dataDir, 'cache'),
      FILESYSTEM_ROOT: options.dataDir,
      // Without it a container that this runs in is taken for LocalStack's own, with its folders at the root.
      OVERRIDE_IN_DOCKER: '0',
      GATEWAY_LISTEN: `${LOOPBACK}:${options.port}`,
      LOCALSTACK_HOST: `${LOOPBACK}:${options.port}`,
      SERVICES: LOCALSTACK_SERVICES.join(','),
      STRICT_SERVICE_LOADING: '1',
      EAGER_SERVICE_LOADING: '1',
      // No name server, no certificate from the network, no usage reports, no Docker.
      DNS_ADDRESS: '0',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      DISABLE_EVENTS: '1',
      DOCKER_HOST: `unix://${devNull}`,
      AWS_DEFAULT_REGION: REGION,
      PYTHONUNBUFFERED: '1',
    },
  });
  void once(child, 'exit').then(([code, signal]) => {
    console.error(`LocalStack ended with ${signal ?? `exit code ${code}`}.`);
    process.exit(1);
  });
  await whenLocalStackRuns(endpoint);
  return { ready: { endpoint }, stop: () => Promise.resolve() };
});
