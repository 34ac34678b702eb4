import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** What a start leaves in a data folder: one of them makes it ours. */
const MARKERS = [
  'logs/postgres.log',
  'logs/localstack.log',
  'logs/containers.log',
  'queue/fauxqs.db',
  'postgres.log',
];

/** Parts of a data folder that are written to; deeper down are files of the same owner. */
const PARTS = ['', 'logs', 'queue', 'postgres'];

const ELSEWHERE = 'keep data elsewhere: npm start -- --data DIR.';

/**
 * Tells why data can't be kept in a folder, before anything is written to it.
 *
 * @param dataDir an absolute path; it need not exist
 * @param uid the number of the user who starts the system; undefined on systems without such numbers
 * @returns undefined for a folder that is usable, or can be made
 */
export function whyDataUnusable(dataDir: string, uid = process.getuid?.()): string | undefined {
  const found = statSync(dataDir, { throwIfNoEntry: false });
  if (found === undefined) return whyNotMade(dataDir);
  if (!found.isDirectory()) return `${dataDir} is a file, and no folder: ${ELSEWHERE}`;
  const entries = whatIsIn(dataDir);
  const isOurs = entries !== undefined && MARKERS.some((marker) => existsSync(join(dataDir, marker)));
  if (entries !== undefined && entries.length > 0 && !isOurs)
    return `${dataDir} has other files in it, such as ${entries[0]}. Empty it, or ${ELSEWHERE}`;
  return whyNotOwned(dataDir, uid) ?? whyNotWritable(dataDir);
}

/** The folder's entries; undefined where they can't be read. */
function whatIsIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

/** Whose a folder is matters to who is not root: root's own copy of somebody's data would only give an obscure failure. */
function whyNotOwned(dataDir: string, uid: number | undefined): string | undefined {
  if (uid === undefined || uid === 0) return undefined;
  const foreign = PARTS.map((part) => join(dataDir, part)).find((path) => isForeign(path, uid));
  if (foreign === undefined) return undefined;
  const owner = statSync(foreign).uid;
  return (
    `${foreign} belongs to another user (number ${owner}). Make the data yours, with root's rights: ` +
    `sudo chown -R ${uid} ${dataDir}. Or ${ELSEWHERE}`
  );
}

const isForeign = (path: string, uid: number): boolean => {
  const found: Stats | undefined = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.uid !== uid;
};

function whyNotWritable(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `${folder} can't be written to (${codeOf(error)}): ${ELSEWHERE}`;
  }
}

/**
 * Makes the folder and removes it again, with those above it that it made: nothing else tells for sure. One by one, to know
 * which ones.
 */
function whyNotMade(dataDir: string): string | undefined {
  const missing: string[] = [];
  for (let folder = dataDir; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  const made: string[] = [];
  try {
    for (const folder of missing) {
      mkdirSync(folder);
      made.unshift(folder);
    }
    return undefined;
  } catch (error) {
    return `${dataDir} can't be made (${codeOf(error)}): ${ELSEWHERE}`;
  } finally {
    for (const folder of made) rmdirSync(folder);
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
