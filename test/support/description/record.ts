import type { Example } from '../../../description/examples.ts';
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
const CURSOR = /(?<=Next\\":\\")[\w-]{20,}(?=\\")/g;

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
  const times = [...new Set(withCursors.match(TIME))].toSorted();
  const ids = [...new Set(withCursors.match(UUID))];
  return withCursors
    .replaceAll(SECRET, ANY_SECRET)
    .replaceAll(TIME, (time) => shownTime(new Date(FIRST_MS + times.indexOf(time) * 1_000).toISOString()))
    .replaceAll(UUID, (id) => `018f2b1c-0000-7000-8000-${String(ids.indexOf(id)).padStart(12, '0')}`);
}
