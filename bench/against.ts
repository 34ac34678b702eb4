import { resolve } from 'node:path';
import { accept } from './against/accept.ts';
import { layoutOf } from './against/build.ts';
import type { ComparedPart } from './against/comparison.ts';
import { hot } from './against/hot.ts';
import { life } from './against/life.ts';
import { million } from './against/million.ts';
import { pending } from './against/pending.ts';
import { settle } from './against/settle.ts';
import { full, neighbour } from './against/shares.ts';
import { openSide } from './against/side.ts';
import type { Part } from './measurement.ts';
import { startBenchPostgres } from './postgres.ts';

const PARTS: readonly ComparedPart[] = [settle, accept, life, hot, pending, full, neighbour, million];

/** Rounds unless others are named: enough that one disturbed round does not decide. */
export const ROUNDS = 5;

/** Names of the parts that compare this build with another one. */
export const COMPARED = PARTS.map(({ name }) => name);

/**
 * The parts that compare this build with the one in `folder`, on one server, in turn.
 *
 * @param folder a clone of this repository at another commit, with its node_modules
 * @param rounds 1 or more
 * @throws Error if its layout is unknown
 */
export function partsAgainst(folder: string, rounds: number): Part[] {
  layoutOf(folder);
  return PARTS.map(({ name, run }) => ({
    name,
    run: async (log) => {
      const server = await startBenchPostgres({ shared_buffers: '2GB' });
      const sides = [
        openSide('this', resolve('.'), server),
        openSide('other', resolve(folder), server),
      ] as const;
      try {
        return await run({ sides, rounds, log });
      } finally {
        await Promise.all(sides.map((side) => side.stop()));
        await server.stop();
      }
    },
  }));
}
