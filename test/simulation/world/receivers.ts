import type { LookupAddress } from 'node:dns';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Violation } from '../checks/violation.ts';
import type { Leads, Mood } from '../story/script-of-webhooks.ts';

/** A post as a receiver got it. */
export interface Arrival {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Whether the receiver has it for good, whatever it answered. */
  readonly isKept: boolean;
  /** Whether it answered 2xx. */
  readonly isAnswered: boolean;
}

/** The receivers of webhooks, with the names that lead to them, as one world of its own: nothing leaves the process. */
export interface Receivers {
  setMood(receiver: number, mood: Mood): void;
  setLeads(receiver: number, leads: Leads): void;
  moodOf(address: string): Mood;
  /** Whether posts to an address reach its receiver. */
  isReached(address: string): boolean;
  readonly resolve: (host: string) => Promise<readonly LookupAddress[]>;
  /** Connects to the receivers. */
  readonly agent: Agent;
  /** Milliseconds that receivers took by the clock of the world so far. */
  slowMs(): number;
  /** What arrived since the last call. */
  takeArrivals(): Arrival[];
  /** A rule that was broken since the last call. Kept instead of thrown, as a throw would look like a receiver's fault. */
  takeBreach(): Error | undefined;
  close(): void;
}

/** Receivers, of which several webhooks may have one. */
export const RECEIVERS = 3;

/** What is public: an address that is given out, to which nothing is sent. */
const PUBLIC: LookupAddress = { address: '2606:2800:21f:cb07::1', family: 6 };
const PRIVATE: LookupAddress = { address: '10.0.0.1', family: 4 };

const ADDRESSES: Readonly<Record<Leads, readonly LookupAddress[]>> = {
  'a public address': [PUBLIC],
  'a private address': [PRIVATE],
  'a public and a private address': [PUBLIC, PRIVATE],
  nowhere: [],
};

/** Milliseconds that a slow receiver takes: more than the two seconds from which on it counts as slow. */
const SLOW_MS = 3_000;

const hostOf = (receiver: number): string => `receiver-${(receiver % RECEIVERS) + 1}.example.com`;

/** The address of a receiver. References are numbers of any size. */
export const addressOf = (receiver: number): string => `https://${hostOf(receiver)}/hook`;

const failure = (code: string): Error => Object.assign(new Error(code), { code });

export function createReceivers(): Receivers {
  const moods = new Map<string, Mood>();
  const leads = new Map<string, Leads>();
  const open = new Set<Duplex>();
  let arrivals: Arrival[] = [];
  let breach: Error | undefined;
  let slowMs = 0;
  const moodOf = (host: string): Mood => moods.get(host) ?? 'keeps';
  const addressesOf = (host: string) => ADDRESSES[leads.get(host) ?? 'a public address'];

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const mood = moodOf(request.headers.host ?? '');
    const isKept = ['keeps', 'breaks', 'is slow'].includes(mood);
    const isAnswered = ['keeps', 'lies', 'is slow'].includes(mood);
    arrivals.push({ headers: request.headers, body, isKept, isAnswered });
    if (mood === 'is slow') slowMs += SLOW_MS;
    if (mood === 'breaks') void request.socket.emit('broken');
    else if (mood !== 'hangs') response.writeHead(STATUS_OF[mood]).end('answered');
  }
  const server = createServer((request, response) => void take(request, response).catch(() => {}));

  function connect(host: string, addresses: readonly LookupAddress[]): Duplex {
    if (addresses.length === 0 || addresses.some(({ address }) => address !== PUBLIC.address))
      breach ??= new Violation(
        'nothing is posted to a name that leads to an address which is not public',
        `${host} leads to ${addresses.map(({ address }) => address).join(', ')}`,
      );
    if (moodOf(host) === 'refuses') throw failure('ECONNREFUSED');
    const [near, far] = duplexPair();
    far.on('broken', () => near.destroy(failure('ECONNRESET')));
    near.on('close', () => {
      open.delete(far);
      far.destroy();
    });
    open.add(far);
    server.emit('connection', far);
    return near;
  }

  return {
    setMood: (receiver, mood) => void moods.set(hostOf(receiver), mood),
    setLeads: (receiver, to) => void leads.set(hostOf(receiver), to),
    moodOf: (address) => moodOf(new URL(address).host),
    isReached: (address) => addressesOf(new URL(address).host) === ADDRESSES['a public address'],
    resolve: async (host) => addressesOf(host),
    agent: agentOf(connect),
    slowMs: () => slowMs,
    takeArrivals() {
      const taken = arrivals;
      arrivals = [];
      return taken;
    },
    takeBreach() {
      const found = breach;
      breach = undefined;
      return found;
    },
    close: () => {
      for (const far of open) far.destroy();
    },
  };
}

const STATUS_OF = { keeps: 204, lies: 200, 'is slow': 200, fails: 500, gone: 410, refuses: 503 } as const;

/** An agent whose connections need no network: it asks the post's own look-up where they lead, and `connect` for them. */
function agentOf(connect: (host: string, addresses: readonly LookupAddress[]) => Duplex): Agent {
  return Object.assign(new Agent({ keepAlive: false }), {
    createConnection(
      options: RequestOptions & { readonly lookup: LookupFunction },
      done: (error: Error | null, stream?: Duplex) => void,
    ): undefined {
      const host = options.host ?? '';
      options.lookup(host, { all: true }, (error, found) => {
        if (error !== null) return done(error);
        try {
          done(null, connect(host, found as LookupAddress[]));
        } catch (refused) {
          done(refused as Error);
        }
      });
    },
  });
}
