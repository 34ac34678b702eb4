import { runTx, type Sql, type Tx } from './database.ts';

/** What makes a transaction end without its work; nobody else sees it. */
class Undo extends Error {}

/**
 * Runs work in one transaction and undoes it: what it wrote was never there for anybody else. Its locks hold others up until then,
 * and the numbers that it took from sequences are gone.
 *
 * @param work may run again, as in {@link runTx}
 * @returns what work returned
 * @throws what work or the database throws
 */
export async function runAndUndo<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  let done: { readonly value: T } | undefined;
  try {
    await runTx(sql, async (tx) => {
      done = { value: await work(tx) };
      throw new Undo();
    });
  } catch (error) {
    if (!(error instanceof Undo) || done === undefined) throw error;
    return done.value;
  }
  throw new Error('a transaction was committed that should be undone');
}
