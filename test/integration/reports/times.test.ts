import { describe, expect, test } from 'vitest';
import { shownTime } from '../../../lib/wire/time.ts';
import { askAhead } from '../../support/system/ahead.ts';
import { book } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const REPORTS = ['listOperations', 'downloadOperations', 'totalOperations'] as const;
const BOUNDS = ['from', 'to'] as const;

describe('the times of a report', async () => {
  const { sql } = await testDatabase();
  const { handlers, setRates, wallet } = testSystem(sql);
  await setRates();
  await wallet('USD');

  const path = { walletId: '1' };
  /** A range that begins with the time asked about and ends with it. */
  const at = (time: string) => ({ path, query: { from: time, to: time } });

  test.each([
    ['a time in UTC', '2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000000Z'],
    ['a fraction of one digit', '2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500000Z'],
    ['microseconds', '2026-01-31T12:00:00.000001Z', '2026-01-31T12:00:00.000001Z'],
    ['a fraction of zeros', '2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000000Z'],
    [
      'nanoseconds that are whole microseconds',
      '2026-01-31T12:00:00.123456000Z',
      '2026-01-31T12:00:00.123456Z',
    ],
    ['an offset to the east', '2026-01-31T12:00:00+05:30', '2026-01-31T06:30:00.000000Z'],
    ['an offset to the west', '2026-01-31T20:00:00-08:00', '2026-02-01T04:00:00.000000Z'],
    ['the offset +00:00', '2026-01-31T12:00:00+00:00', '2026-01-31T12:00:00.000000Z'],
    ['the unknown offset -00:00', '2026-01-31T12:00:00-00:00', '2026-01-31T12:00:00.000000Z'],
    ['the farthest offset there is', '2026-01-31T12:00:00+14:00', '2026-01-30T22:00:00.000000Z'],
    ['an offset of almost 16 hours', '2026-01-31T12:00:00-15:59', '2026-02-01T03:59:00.000000Z'],
    ['February 29 of a leap year', '2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000000Z'],
    ['February 29 of the year 2000', '2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000000Z'],
    ['the year 1', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['the year 9999', '9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['a lowercase t and z, as RFC 3339 allows', '2026-01-31t12:00:00z', '2026-01-31T12:00:00.000000Z'],
    ['a date, which means its midnight in UTC', '2026-01-31', '2026-01-31T00:00:00.000000Z'],
    ['an offset of 16 hours', '2026-01-31T12:00:00+16:00', '2026-01-30T20:00:00.000000Z'],
    ['an offset of almost 24 hours', '2026-01-31T12:00:00.123456-23:59', '2026-02-01T11:59:00.123456Z'],
  ])('may be %s', async (_what, time, shown) => {
    const { status, text, payload } = await call(handlers.listOperations, at(time));
    expect(status, text).toBe(200);
    expect([payload.From, payload.To]).toEqual([shown, shown]);
    expect((await call(handlers.downloadOperations, at(time))).status).toBe(200);
    expect((await call(handlers.totalOperations, at(time))).status).toBe(200);
  });

  const WRONG: [string, string][] = [
    ['a space', ' '],
    ['a word', 'now'],
    ['words that PostgreSQL knows', 'infinity'],
    ['a date that there is not', '2026-02-30'],
    ['a date in another form', '31.01.2026'],
    ['a month', '2026-01'],
    ['a time without offset', '2026-01-31T12:00:00'],
    ['a time without seconds', '2026-01-31T12:00Z'],
    ['24 o’clock', '2026-01-31T24:00:00Z'],
    ['minute 60', '2026-01-31T12:60:00Z'],
    ['second 61', '2026-01-31T12:00:61Z'],
    ['February 30', '2026-02-30T12:00:00Z'],
    ['February 29 of no leap year', '2026-02-29T12:00:00Z'],
    ['February 29 of the year 1900', '1900-02-29T12:00:00Z'],
    ['April 31', '2026-04-31T12:00:00Z'],
    ['month 13', '2026-13-01T12:00:00Z'],
    ['month 0', '2026-00-01T12:00:00Z'],
    ['day 0', '2026-01-00T12:00:00Z'],
    ['the year 0, which PostgreSQL lacks', '0000-01-01T00:00:00Z'],
    ['a negative year', '-0001-01-01T00:00:00Z'],
    ['a year of five digits', '12026-01-31T12:00:00Z'],
    ['a year with a plus', '+002026-01-31T12:00:00Z'],
    ['a year of two digits', '26-01-31T12:00:00Z'],
    ['an offset whose plus became a space', '2026-01-31T12:00:00 05:30'],
    ['an offset without colon', '2026-01-31T12:00:00+0530'],
    ['an offset of hours alone', '2026-01-31T12:00:00+05'],
    ['an offset of 24 hours', '2026-01-31T12:00:00+24:00'],
    ['an offset of 60 minutes', '2026-01-31T12:00:00+05:60'],
    ['a point without fraction', '2026-01-31T12:00:00.Z'],
    ['a decimal comma', '2026-01-31T12:00:00,5Z'],
    ['a space for the T', '2026-01-31 12:00:00Z'],
    ['a space before it', ' 2026-01-31T12:00:00Z'],
    ['a line break behind it', '2026-01-31T12:00:00Z\n'],
    ['a NUL', '2026-01-31T12:00:00Z\0'],
    ['two times, as of a parameter that came twice', '2026-01-31T12:00:00Z,2026-02-01T12:00:00Z'],
    ['seconds since 1970', '1769860800'],
    ['SQL', "2026-01-31T12:00:00Z'::timestamptz; DROP TABLE wallets;--"],
  ];

  test.each(BOUNDS.flatMap((bound) => WRONG.map((row) => [bound, ...row] as const)))(
    'may not be as %s %s',
    async (bound, _what, time) => {
      for (const report of REPORTS) {
        const refusal = await refused(sql, handlers[report], { path, query: { [bound]: time } });
        expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
        const rule = 'must be a time in RFC 3339, such as 2026-01-31T12:00:00Z, not';
        const hint = time.includes(' 05:30') ? ': in a URL, write its + as %2B' : '';
        expect(refusal.error).toBe(`${bound} ${rule} ${JSON.stringify(time.slice(0, 40))}${hint}`);
      }
    },
  );

  test('are the defaults where they are empty', async () => {
    for (const report of REPORTS)
      expect((await call(handlers[report], { path, query: { from: '', to: '' } })).status).toBe(200);
    const { payload } = await call(handlers.listOperations, { path, query: { from: '', to: '' } });
    const [month] =
      await sql`SELECT ${payload.From}::timestamptz = ${payload.To}::timestamptz - interval '1 month' AS "isOne"`;
    expect(month).toEqual({ isOne: true });
  });

  test('are now where they are ahead of our clock by less than two seconds', async () => {
    const list = async (query: Record<string, string>) =>
      (await call(handlers.listOperations, { path, query })).payload;
    for (const report of REPORTS) {
      const ask = async (from: string) => (await call(handlers[report], { path, query: { from } })).status;
      expect([report, await askAhead(sql, 1.9, 0, ask)]).toEqual([report, 200]);
      expect([report, await askAhead(sql, 60, 2, ask)]).toEqual([report, 400]);
    }
    const from = await askAhead(sql, 1.9, 0, (moment) => list({ from: moment }));
    expect(from.From).toBe(from.To);
    const to = await askAhead(sql, 1.9, 0, async (moment) => ({ moment, page: await list({ to: moment }) }));
    expect(to.page.To < shownTime(to.moment)).toBe(true);
    const far = await askAhead(sql, 60, 2, async (moment) => ({ moment, page: await list({ to: moment }) }));
    expect(far.page.To).toBe(shownTime(far.moment));
  });

  test('that a reader takes from its own clock, which is ahead of ours, let it miss nothing', async () => {
    const id = await wallet('EUR');
    const list = async (query: Record<string, string>) =>
      (await call(handlers.listOperations, { path: { walletId: String(id) }, query })).payload;
    const { first, later } = await askAhead(sql, 1.9, 0, async (to) => {
      const page = await list({ to });
      const [now] = await sql<{ at: string }[]>`SELECT clock_timestamp() AS at`;
      return { first: page, later: now?.at ?? '' };
    });
    await book(sql, id, [{ amount: 5n, at: later }]);
    const next = await list({ from: first.To });
    expect(next.Operations.map(({ Amount }: { Amount: bigint }) => Amount)).toEqual([5n]);
    expect((await list({ after: first.Next })).Operations).toEqual(next.Operations);
  });

  test('are said to be the default where only the other one was given', async () => {
    for (const report of REPORTS) {
      const early = await refused(sql, handlers[report], { path, query: { to: '2020-01-01' } });
      expect(early.error).toMatch(
        /^to \(2020-01-01T00:00:00\.000000Z\) must not be before the default from, which is one month ago \(20\d\d-[^)]*\): give from as well$/,
      );
      const late = await refused(sql, handlers[report], { path, query: { from: '9000-01-01' } });
      expect(late.error).toMatch(
        /^from \(9000-01-01T00:00:00\.000000Z\) must not be after the default to, which is now \(20\d\d-[^)]*\)$/,
      );
    }
  });

  test('are both named where both are wrong', async () => {
    const query = { from: 'x', to: 'y', limit: '0' };
    const { details } = await refused(sql, handlers.listOperations, { path, query });
    expect(details?.map(({ field }) => field)).toEqual(['from', 'to', 'limit']);
  });

  /** In RFC 3339, but at the edge of what PostgreSQL holds or this system can write: taken or refused, never a failure. */
  const EDGES: [string, string][] = [
    ['a time that an offset moves before the year 1', '0001-01-01T00:00:00+01:00'],
    ['a time that an offset moves behind the year 9999', '9999-12-31T23:59:59-01:00'],
    ['a fraction that rounds up behind the year 9999', '9999-12-31T23:59:59.9999999Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['a fraction of nanoseconds', '2026-01-31T12:00:00.123456789Z'],
    ['a fraction of 30 digits', `2026-01-31T12:00:00.${'1'.repeat(30)}Z`],
    ['a fraction of 100 digits', `2026-01-31T12:00:00.${'1'.repeat(100)}Z`],
    ['a fraction of 5000 digits', `2026-01-31T12:00:00.${'9'.repeat(5_000)}Z`],
  ];

  test.each(EDGES)('never make a report fail as %s', async (_what, time) => {
    for (const report of REPORTS) {
      const { status, text } = await call(handlers[report], at(time));
      expect([200, 400], text).toContain(status);
    }
  });

  test.each(EDGES)('are repeated so that they can be asked for again: %s', async (_what, time) => {
    const { status, payload } = await call(handlers.listOperations, at(time));
    if (status === 400) expect(payload.error).toMatch(/^from must be a time in RFC 3339/);
    else {
      const again = await call(handlers.listOperations, {
        path,
        query: { from: payload.From, to: payload.To },
      });
      expect(again).toMatchObject({ status: 200, payload });
    }
  });
});
