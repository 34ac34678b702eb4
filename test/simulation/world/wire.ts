import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Faults } from '../story/script.ts';
import { type DatabaseError, type Gate, type Link, openLink, type Struck, type WireStep } from './link.ts';

type WireFaults = Pick<Faults, 'database' | 'down' | 'idleCut'>;

/** The network between one Lambda instance and PostgreSQL. */
export interface Wire {
  /** The database URL that the instance uses. */
  readonly url: string;
  /** Begins a step with its faults. */
  arm(faults: WireFaults, gate: Gate | undefined): Promise<void>;
  /** Ends a step: resolves once PostgreSQL has closed every connection that ended in it. */
  disarm(): Promise<void>;
  /** The fault that struck in this step, if any. */
  struck(): Struck | undefined;
  /** Whether the instance died: nothing from it gets through any more. */
  isDead(): boolean;
  /** Resolves if the instance dies in this step. */
  death(): Promise<void>;
  /** Resolves once the connections to these backends ended and the instance has noticed. */
  ended(pids: ReadonlySet<number>): Promise<void>;
  /** Process id of the current connection's backend. */
  pid(): number | undefined;
  /** PostgreSQL's own errors since the last call. */
  takeErrors(): DatabaseError[];
  close(): Promise<void>;
}

/** Turns of the event loop in which a client notices that its idle connection ended. */
const NOTICE_TURNS = 5;

/** Opens a wire: a proxy on its own port that breaks connections as a script says. */
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
    turnOf: undefined,
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

/** Tracks a wire's links: all open ones, and those of them whose client has closed. */
function trackLinks() {
  const open = new Map<Link, Promise<unknown>>();
  const ending = new Set<Promise<unknown>>();
  return {
    open,
    ending,
    add(link: Link, client: Socket, upstream: Socket): void {
      const gone = new Promise((resolve) => upstream.once('close', resolve));
      open.set(link, gone);
      // Only open links: waiting for one that has closed already would never end.
      client.once('close', () => open.has(link) && ending.add(gone));
      void gone.then(() => {
        open.delete(link);
        ending.delete(gone);
      });
    },
  };
}
