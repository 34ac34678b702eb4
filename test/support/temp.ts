import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes an empty folder for temporary files. Every user may enter it: run as root, PostgreSQL is another user.
 *
 * @param purpose a word for its name
 * @returns its absolute path; remove it with `removeFolder`
 */
export async function makeFolder(purpose: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `my-little-ps-${purpose}-`));
  await chmod(folder, 0o755);
  return folder;
}

/** Removes a folder with all that is in it; does nothing if it is missing. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
