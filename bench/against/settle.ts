import type { Measurement } from '../measurement.ts';
import {
  type ComparedPart,
  type Comparison,
  compared,
  inTurn,
  makeFunded,
  OPERATIONS,
  RECEIPTS,
  settleBacklog,
  withCopy,
  withEach,
} from './comparison.ts';
import type { Requests } from './requests.ts';
import type { Side } from './side.ts';

const ACROSS: Requests = { ...RECEIPTS, operations: 'transfers', step: 1 };

async function take(side: Side) {
  const settled = (requests: Requests) =>
    withCopy(side, 'funded', (url) => settleBacklog(side, url, requests));
  const [receipts, across] = [await settled(RECEIPTS), await settled(ACROSS)];
  return {
    receipts: receipts.perSecond,
    receiptsUs: receipts.processorUs,
    across: across.perSecond,
    acrossUs: across.processorUs,
  };
}

async function run(comparison: Comparison): Promise<Measurement[]> {
  const samples = await inTurn(comparison, take);
  const rate = { unit: 'operations/s', target: { atLeast: 1.6 } };
  const receipts = { name: 'settle receipts', conditions: `${OPERATIONS} receipts` };
  const across = {
    name: 'settle transfers across groups',
    conditions: `${OPERATIONS} transfers, both legs; counted per transfer`,
  };
  const time = ({ name, conditions }: typeof receipts) => ({
    name: `${name}, processor time`,
    unit: 'µs',
    conditions: `${conditions}; Node and the server`,
  });
  return [
    ...compared(samples, 'receipts', { ...rate, ...receipts }),
    ...compared(samples, 'receiptsUs', time(receipts)),
    ...compared(samples, 'across', { ...rate, ...across }),
    ...compared(samples, 'acrossUs', time(across)),
  ];
}

export const settle: ComparedPart = {
  name: 'settle',
  run: (comparison) => withEach(comparison, 'funded', makeFunded, () => run(comparison)),
};
