import type { Socket } from 'node:net';

/** PostgreSQL's "ready for query", outside of any transaction: the end of whatever it sent. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** What is known of a connection without asking. */
export interface Liveness {
  /** Whether the server is ready and nothing was asked of it for that many milliseconds; never while it is at work. */
  isIdleFor(ms: number): boolean;
  /** Whether it was opened that many milliseconds ago. */
  isOlderThan(ms: number): boolean;
}

/** Follows a connection to PostgreSQL. */
export function watchLiveness(socket: Socket, now: () => number = Date.now): Liveness {
  const openedAt = now();
  let readyAt: { readonly time: number; readonly written: number } | undefined;
  // What it says last may come in pieces.
  let tail = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    const known = data.length < READY.length ? Buffer.concat([tail, data]) : data;
    tail = Buffer.from(known.subarray(-READY.length));
    const isReady = tail.equals(READY);
    readyAt = isReady ? { time: now(), written: socket.bytesWritten } : undefined;
  });
  return {
    isIdleFor: (ms) => readyAt?.written === socket.bytesWritten && now() - readyAt.time >= ms,
    isOlderThan: (ms) => now() - openedAt >= ms,
  };
}
