import { createHash } from 'node:crypto';
import type { Example } from '../../../description/examples.ts';
import { generateKey, shownPart } from '../../../lib/access/api-key.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { formatCursor, parseCursor } from '../../../lib/wire/cursor.ts';
import { formatSearchCursor, parseSearchCursor } from '../../../lib/wire/search-cursor.ts';
import { shownTime } from '../../../lib/wire/time.ts';
import { ownRefusals } from './own-refusals.ts';
import { commonRefusals, exhaustLimit } from './refusals.ts';
import { tellStory } from './story.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g;
const SECRET = /whsec_[\w+/]{43}=/g;
const KEY = /mlps_\w{49}/g;
const SHOWN = /mlps_\w{4}(?=\\")/g;
const HASH = /(?<=\\"Hash\\":\\")[0-9a-f]{64}/g;
const CURSOR = /(?<=Next\\":\\")[\w-]{20,}(?=\\")/g;

/** What an overview tells of how fast the system was, and of each minute of the last hour. */
const MEASURED = /(?<=\\"(?:PerSecond|P50|P95)\\":)[\d.]+/g;
const MINUTES = /(?<=\\"Minutes\\":\[).*?(?=\])/g;

/** The moment of an example's first time. */
const FIRST_MS = Date.parse('2026-01-31T12:00:00Z');

/** Records what a running system answers, on every route and with every code. */
export async function recordExamples(sql: Sql): Promise<readonly Example[]> {
  const story = await tellStory(sql);
  const examples = [...story.examples];
  await exhaustLimit(sql);
  examples.push(...(await ownRefusals(story)));
  for (const step of story.steps) examples.push(...(await commonRefusals(story, step)));
  return JSON.parse(withoutChance(JSON.stringify(examples))) as readonly Example[];
}

/** A secret of no webhook: 32 bytes. */
const ANY_SECRET = `whsec_${Buffer.from('an example, no webhook signs so.').toString('base64')}`;

/** A key of nobody, by 32 bytes, and its start. */
const ANY_KEY = generateKey(Buffer.from('an example: it is nobody’s key'));

/** A link of a chain: it is of times and ids. */
const ANY_HASH = createHash('sha256').update('an example').digest('hex');

/** A minute of an overview: one stands for the sixty. */
const ANY_MINUTE = JSON.stringify(
  JSON.stringify({ Minute: '2026-01-31T12:00:00.000000Z', Succeeded: 22, Declined: 0, P95: 12.5 }),
).slice(1, -1);

/** Replaces times and ids, in their order, by those that every recording has. */
function withoutChance(text: string): string {
  const from = shownTime(new Date(FIRST_MS).toISOString());
  const withCursors = text.replaceAll(CURSOR, (found) => {
    const cursor = parseCursor(found);
    if (cursor !== undefined) return formatCursor({ ...cursor, from });
    const search = parseSearchCursor(found);
    const key = search?.key && { ...search.key, processedAt: from };
    return search === undefined ? found : formatSearchCursor({ ...search, key: key ?? null });
  });
  const ofAnyHour = withCursors.replaceAll(MINUTES, ANY_MINUTE).replaceAll(MEASURED, '12.5');
  const times = [...new Set(ofAnyHour.match(TIME))].toSorted();
  const ids = [...new Set(ofAnyHour.match(UUID))];
  return ofAnyHour
    .replaceAll(SECRET, ANY_SECRET)
    .replaceAll(HASH, ANY_HASH)
    .replaceAll(KEY, ANY_KEY)
    .replaceAll(SHOWN, shownPart(ANY_KEY))
    .replaceAll(TIME, (time) => shownTime(new Date(FIRST_MS + times.indexOf(time) * 1_000).toISOString()))
    .replaceAll(UUID, (id) => `018f2b1c-0000-7000-8000-${String(ids.indexOf(id)).padStart(12, '0')}`);
}
