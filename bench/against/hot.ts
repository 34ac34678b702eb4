import {
  type ComparedPart,
  compared,
  inTurn,
  makeFunded,
  RECEIPTS,
  ratios,
  settleBacklog,
  withCopy,
  withEach,
} from './comparison.ts';
import type { Requests } from './requests.ts';
import type { Side } from './side.ts';

/** Transfers of a round: ten transactions of debits. */
const COUNT = 10_000;

const SPREAD: Requests = { ...RECEIPTS, operations: 'transfers', count: COUNT, perRequest: 1, step: 0 };

export const hot: ComparedPart = {
  name: 'hot',
  run: (comparison) =>
    withEach(comparison, 'funded', makeFunded, async () => {
      const take = async (side: Side, requests: Requests): Promise<number> => {
        const settled = await withCopy(side, 'funded', (url) => settleBacklog(side, url, requests));
        return settled.perSecond;
      };
      const samples = await inTurn(comparison, async (side) => ({
        spread: await take(side, SPREAD),
        hot: await take(side, { ...SPREAD, order: 'first' }),
      }));
      const conditions = `${COUNT} transfers, each accepted by a request of its own, to random wallets; both legs, counted per transfer`;
      return [
        ...compared(samples, 'hot', {
          name: 'settle debits of one wallet',
          unit: 'operations/s',
          conditions,
        }),
        ...ratios(samples, 'hot', 'spread', {
          name: 'settle debits of one wallet ÷ spread out',
          conditions,
          target: { atLeast: 1 },
        }),
      ];
    }),
};
