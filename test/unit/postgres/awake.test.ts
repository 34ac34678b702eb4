import { describe, expect, test } from 'vitest';
import { whileUnreachable } from '../../../lib/postgres/awake.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

/** A clock that goes on by a second with each look. */
function clock() {
  let seconds = 0;
  return { pauseMs: 0, now: () => seconds++ * 1_000 };
}

describe('an unreachable database', () => {
  test('is tried again until it answers', async () => {
    let tries = 0;
    const work = async () => {
      tries += 1;
      if (tries < 4) throw failure(['ECONNREFUSED', 'CONNECT_TIMEOUT', '57P03'][tries - 1] ?? '');
      return 'awake';
    };
    expect(await whileUnreachable(work, 60_000, clock())).toBe('awake');
    expect(tries).toBe(4);
  });

  test('is given up after the limit, with its last error', async () => {
    let tries = 0;
    const work = async () => {
      tries += 1;
      throw failure('CONNECT_TIMEOUT');
    };
    await expect(whileUnreachable(work, 5_000, clock())).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(tries).toBe(5);
  });

  test('gets one try without a limit', async () => {
    let tries = 0;
    const work = async () => {
      tries += 1;
      throw failure('ECONNREFUSED');
    };
    await expect(whileUnreachable(work, 0, clock())).rejects.toThrow();
    expect(tries).toBe(1);
  });

  test.each(['28P01', '28000', '3D000', '42501'])('is told from one that refuses: %s', async (code) => {
    let tries = 0;
    const work = async () => {
      tries += 1;
      throw failure(code);
    };
    await expect(whileUnreachable(work, 60_000, clock())).rejects.toMatchObject({ code });
    expect(tries).toBe(1);
  });
});
