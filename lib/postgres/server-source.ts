import { type Database, type DatabaseServer, serverOf, type UrlSource } from './server.ts';

/** Where a pool gets its server from, each time that it connects. */
export interface ServerSource {
  /** The server, if it is known without waiting. */
  readonly known: () => DatabaseServer | undefined;
  /** Finds it. */
  readonly find: () => Promise<DatabaseServer>;
  /** Notes that the server did not answer: the URL may name another one by now. */
  readonly doubt: () => void;
  /** Looks again after a sign-in was refused. @returns whether it is another server or another sign-in */
  readonly renew: () => Promise<boolean>;
}

/** The source of a database. */
export function sourceOf(database: Database): ServerSource {
  if (typeof database === 'object' && 'readUrl' in database) return readFrom(database);
  return fixedTo(serverOf(database));
}

/** The source of a server that does not change. */
export const fixedTo = (server: DatabaseServer): ServerSource => ({
  known: () => server,
  find: () => Promise.resolve(server),
  doubt: () => {},
  renew: () => Promise.resolve(false),
});

/** Milliseconds before a URL is read again, however often the database refuses: each reading is a request to AWS. */
const READ_AGAIN_AFTER_MS = 10_000;

/** What was read last. */
interface Reading {
  readonly url: string;
  readonly server: DatabaseServer;
  readonly atMs: number;
}

/**
 * Reads a URL when it is first needed, and keeps it. It is read again after a sign-in was refused, and before the next
 * connection after the database did not answer.
 */
export function readFrom({ readUrl }: UrlSource, now: () => number = Date.now): ServerSource {
  let last: Reading | undefined;
  let isDoubted = false;
  let reading: Promise<Reading> | undefined;
  const mayRead = () => last === undefined || now() - last.atMs >= READ_AGAIN_AFTER_MS;
  const read = async (): Promise<Reading> => {
    const url = await readUrl();
    last = { url, server: serverOf(url), atMs: now() };
    isDoubted = false;
    return last;
  };
  /** Several callers share one reading. */
  const readOnce = async (): Promise<Reading> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return await reading;
  };
  const known = () => (isDoubted && mayRead() ? undefined : last?.server);
  return {
    known,
    find: async () => {
      const server = known();
      if (server !== undefined) return server;
      try {
        return (await readOnce()).server;
      } catch (error) {
        if (last === undefined) throw error;
        // An outage of both: what was good before is tried again.
        last = { ...last, atMs: now() };
        return last.server;
      }
    },
    doubt: () => {
      isDoubted = true;
    },
    renew: async () => {
      const before = last?.url;
      if (!mayRead()) return false;
      return (await readOnce()).url !== before;
    },
  };
}
