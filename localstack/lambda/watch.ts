import { watch } from 'node:fs';
import { join } from 'node:path';

/** Folders whose files the functions are made of. */
const FOLDERS = ['functions', 'lib', 'reference', 'console'];

/** An editor writes a file in several steps, and may write several files: they are taken over together. */
const SETTLE_MS = 100;

/**
 * Watches the functions' files.
 *
 * @param changed gets the files that were saved, as paths from the project's folder; it is not called again before it is done
 */
export function watchSources(
  folder: string,
  changed: (files: readonly string[]) => Promise<void>,
): { stop: () => void } {
  const saved = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let work = Promise.resolve();
  const takeOver = (): void => {
    work = work.then(async () => {
      const files = [...saved].sort();
      saved.clear();
      if (files.length > 0) await changed(files);
    });
  };
  const watchers = FOLDERS.map((name) =>
    watch(join(folder, name), { recursive: true }, (_event, file) => {
      if (file === null || !/^[^.][\w./-]*\.(ts|js|css)$/.test(file)) return;
      saved.add(join(name, file));
      clearTimeout(timer);
      timer = setTimeout(takeOver, SETTLE_MS);
    }),
  );
  return {
    stop: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
