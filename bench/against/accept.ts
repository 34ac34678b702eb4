import {
  type ComparedPart,
  compared,
  inTurn,
  makeBare,
  RECEIPTS,
  ratios,
  withCopy,
  withEach,
} from './comparison.ts';
import type { Requests } from './requests.ts';
import type { Side } from './side.ts';

/** Receipts of a round: about a second's. */
const BATCHED = { count: 96 * RECEIPTS.perRequest, warmUp: 16 * RECEIPTS.perRequest };
const SINGLE = { count: 4_800, warmUp: 800, perRequest: 1 };

async function rate(side: Side, changes: Partial<Requests>): Promise<number> {
  return await withCopy(side, 'bare', async (url) => {
    const requests = { ...RECEIPTS, ...changes };
    const { timeMs } = await side.perform({ kind: 'accept', url, requests });
    return (requests.count / timeMs) * 1_000;
  });
}

export const accept: ComparedPart = {
  name: 'accept',
  run: (comparison) =>
    withEach(comparison, 'bare', makeBare, async () => {
      const samples = await inTurn(comparison, async (side) => ({
        batch: await rate(side, BATCHED),
        single: await rate(side, SINGLE),
        keyed: await rate(side, { ...SINGLE, isKeyed: true }),
      }));
      const line = { unit: 'operations/s', conditions: 'receipts, eight requests at once in one process' };
      return [
        ...compared(samples, 'batch', { ...line, name: 'accept batches of 500', target: { atLeast: 1.7 } }),
        ...compared(samples, 'single', { ...line, name: 'accept single requests' }),
        ...compared(samples, 'keyed', { ...line, name: 'accept with an Idempotency-Key' }),
        ...ratios(samples, 'keyed', 'single', {
          name: 'accept with an Idempotency-Key ÷ without',
          conditions: line.conditions,
          target: { atLeast: 0.85 },
        }),
      ];
    }),
};
