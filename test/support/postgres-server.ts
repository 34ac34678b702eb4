import { join } from 'node:path';
import { startPostgres } from '../../localstack/embedded/postgres.ts';
import { freePort } from '../../localstack/ports.ts';
import { makeFolder, removeFolder } from './temp.ts';

/** For PostgreSQL whose data need not survive a power cut: it waits for no disk. */
export const VOLATILE = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/** A PostgreSQL server in a folder of its own. */
export interface TestServer {
  readonly url: string;
  readonly folder: string;
  /** Stops the server and removes the folder. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts an empty PostgreSQL server on a free port.
 *
 * @param purpose a word for the folder's name
 */
export async function startTestServer(purpose: string): Promise<TestServer> {
  const folder = await makeFolder(purpose);
  const { url, stop } = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    settings: VOLATILE,
    log: () => {},
  });
  return {
    url,
    folder,
    stop: async () => {
      await stop();
      await removeFolder(folder);
    },
  };
}
