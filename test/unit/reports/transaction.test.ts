import { describe, expect, test } from 'vitest';
import type { Leg } from '../../../lib/ledger/leg.ts';
import { statusOf } from '../../../lib/reports/transaction.ts';

type Status = 'new' | 'success' | 'decline';

const legs = (...pairs: [Leg, Status][]) => pairs.map(([leg, status]) => ({ leg, status }));

describe('the status of a transaction', () => {
  test.each([
    ['new while its receipt is pending', 'new', legs(['receipt', 'new'])],
    ['success once its receipt is added', 'success', legs(['receipt', 'success'])],
    ['decline once its receipt is declined', 'decline', legs(['receipt', 'decline'])],
    ['new while its debit is pending', 'new', legs(['debit', 'new'])],
    ['decline once its debit is declined', 'decline', legs(['debit', 'decline'])],
    ['processing while its credit is pending', 'processing', legs(['debit', 'success'], ['credit', 'new'])],
    ['success once its credit is added', 'success', legs(['debit', 'success'], ['credit', 'success'])],
    [
      'processing while its money is on its way back',
      'processing',
      legs(['debit', 'success'], ['credit', 'decline'], ['return', 'new']),
    ],
    [
      'decline once its money is back',
      'decline',
      legs(['debit', 'success'], ['credit', 'decline'], ['return', 'success']),
    ],
  ])('is %s', (_what, status, given) => {
    expect(statusOf(given)).toBe(status);
  });

  test('is unknown without legs, which is a bug', () => {
    expect(() => statusOf([])).toThrow('at least one leg');
  });
});
