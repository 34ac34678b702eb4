import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { watchLiveness } from '../../../lib/postgres/liveness.ts';

const READY = [0x5a, 0, 0, 0, 5, 0x49];
const COMPLETE = [0x43, 0, 0, 0, 6, 0x41, 0];

/** What `follow` looks at of a socket. */
const quietSocket = () => Object.assign(new EventEmitter(), { bytesWritten: 0 }) as unknown as Socket;

describe('a connection', () => {
  test('is idle once the server is ready, however its words are cut into pieces', () => {
    const words = [...COMPLETE, ...READY];
    for (let cut = 1; cut < words.length; cut++) {
      const socket = quietSocket();
      let now = 0;
      const liveness = watchLiveness(socket, () => now);
      socket.emit('data', Buffer.from(words.slice(0, cut)));
      expect(liveness.isIdleFor(0)).toBe(false);
      socket.emit('data', Buffer.from(words.slice(cut)));
      expect(liveness.isIdleFor(0)).toBe(true);
      expect(liveness.isIdleFor(10)).toBe(false);
      now = 10;
      expect(liveness.isIdleFor(10)).toBe(true);
    }
  });

  test('is at work once something was asked of it', () => {
    const socket = quietSocket();
    const liveness = watchLiveness(socket, () => 0);
    socket.emit('data', Buffer.from(READY));
    Object.assign(socket, { bytesWritten: 1 });
    expect(liveness.isIdleFor(0)).toBe(false);
  });
});
