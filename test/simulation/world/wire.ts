import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Faults } from '../story/script.ts';
import { type DatabaseError, type Gate, type Link, openLink, type Struck, type WireStep } from './link.ts';

type WireFaults = Pick<Faults, 'database' | 'down' | 'idleCut'>;

/** The network between one Lambda instance and PostgreSQL. */
export interface Wire {
  /** Where the instance finds its database. */
  readonly url: string;
  /** Begins a step, with what is to go wrong in it. */
  arm(faults: WireFaults, gate: Gate | undefined): Promise<void>;
  /** Ends a step: resolves once PostgreSQL has let go of every connection that ended in it. */
  disarm(): Promise<void>;
  /** What went wrong in this step; undefined where nothing did. */
  struck(): Struck | undefined;
  /** Whether the instance died: nothing of it gets through any more. */
  isDead(): boolean;
  /** Resolves if the instance dies in this step. */
  death(): Promise<void>;
  /** Resolves once the connections to these backends ended, and the instance knows. */
  ended(pids: ReadonlySet<number>): Promise<void>;
  /** The backend of the present connection. */
  pid(): number | undefined;
  /** Errors since the last look that PostgreSQL answered of itself. */
  takeErrors(): DatabaseError[];
  close(): Promise<void>;
}

/** Turns of the event loop in which a client learns that its idle connection ended. */
const NOTICE_TURNS = 5;

/** Opens a wire: a proxy on a port of its own, which breaks connections where a script says so. */
export async function openWire(slot: number, databaseUrl: string): Promise<Wire> {
  const url = new URL(databaseUrl);
  const target = { host: url.hostname, port: Number(url.port), noDelay: true };
  const links = trackLinks();
  const errors: DatabaseError[] = [];
  const step: WireStep = {
    fault: undefined,
    gate: undefined,
    statements: 0,
    struck: undefined,
    isDead: false,
    onDeath: () => {},
    refuses: undefined,
  };
  let death = new Promise<void>(() => {});

  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => {});
    if (step.refuses === 'reset') client.resetAndDestroy();
    if (step.refuses === 'close') client.destroy();
    if (step.refuses !== undefined) return;
    const upstream = connect(target);
    const link = openLink(client, upstream, { slot, step, errors });
    links.add(link, client, upstream);
  }).listen(0, url.hostname);
  await once(server, 'listening');
  const address = server.address();
  url.port = String(typeof address === 'object' ? address?.port : undefined);

  const noticed = async (): Promise<void> => {
    for (let turn = 0; turn < NOTICE_TURNS; turn++) await nextTurn();
  };
  const cutAll = async (isReset: boolean): Promise<void> => {
    for (const link of links.open.keys()) link.cut(isReset);
    await noticed();
  };
  return {
    url: url.href,
    async arm({ database, down, idleCut }, gate) {
      Object.assign(step, { fault: database, gate, statements: 0, struck: undefined });
      death = new Promise((resolve) => {
        step.onDeath = resolve;
      });
      step.refuses = down;
      if (down !== undefined) step.struck = { kind: `database down (${down})`, where: '' };
      if (idleCut) step.struck = { kind: 'idle connection cut', where: '' };
      if (step.struck !== undefined) await cutAll(down === 'reset');
    },
    async disarm() {
      Object.assign(step, { fault: undefined, gate: undefined });
      if (!step.isDead) step.refuses = undefined;
      while (links.ending.size > 0) await Promise.all(links.ending);
    },
    struck: () => step.struck,
    isDead: () => step.isDead,
    death: () => death,
    async ended(pids) {
      await Promise.all([...links.open].flatMap(([link, gone]) => (pids.has(link.pid() ?? 0) ? [gone] : [])));
      await noticed();
    },
    pid: () => [...links.open.keys()].at(-1)?.pid(),
    takeErrors: () => errors.splice(0),
    async close() {
      await cutAll(false);
      await Promise.all(links.ending);
      server.close();
    },
  };
}

/** The links of a wire: those that are open, and of these those whose client is gone. */
function trackLinks() {
  const open = new Map<Link, Promise<unknown>>();
  const ending = new Set<Promise<unknown>>();
  return {
    open,
    ending,
    add(link: Link, client: Socket, upstream: Socket): void {
      const gone = new Promise((resolve) => upstream.once('close', resolve));
      open.set(link, gone);
      // A link that is gone already would be waited for without end.
      client.once('close', () => open.has(link) && ending.add(gone));
      void gone.then(() => {
        open.delete(link);
        ending.delete(gone);
      });
    },
  };
}
