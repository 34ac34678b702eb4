import type { WriteStream } from 'node:tty';
import { openScreen } from '../screen.ts';

/** Where progress is shown. */
export type Stream = Pick<WriteStream, 'write' | 'isTTY' | 'columns'>;

/** Shows how much of something is done. */
export interface Progress {
  /** So many more are done. */
  readonly add: (count: number) => void;
  readonly done: () => number;
}

/** A terminal is drawn at most this often: nobody reads faster. */
const DRAW_EVERY_MS = 100;

/** A file gets a line whenever so many more percent are done. */
const LINE_EVERY_PERCENT = 10;

/** Characters of the bar. */
const BAR_WIDTH = 10;

/**
 * Shows a bar on a terminal, which each next one replaces, and in a file a line whenever another tenth is done.
 *
 * @param total 1 or more
 * @param unit what is counted, in the plural
 * @param nowMs a clock, in milliseconds
 */
export function openProgress(
  stream: Stream,
  { total, unit }: { readonly total: number; readonly unit: string },
  nowMs: () => number = () => performance.now(),
): Progress {
  const screen = openScreen(stream);
  const startedMs = nowMs();
  let done = 0;
  let drawnMs = Number.NEGATIVE_INFINITY;
  let lines = 0;
  const isDue = (): boolean => {
    if (done >= total) return true;
    if (stream.isTTY) return nowMs() - drawnMs >= DRAW_EVERY_MS;
    return Math.floor((100 * done) / total / LINE_EVERY_PERCENT) > lines;
  };
  const add = (count: number): void => {
    done += count;
    if (!isDue()) return;
    drawnMs = nowMs();
    lines = Math.floor((100 * done) / total / LINE_EVERY_PERCENT);
    const line = progressLine({ done, total, unit, elapsedMs: drawnMs - startedMs });
    // The last one stays.
    if (done >= total) screen.log(line);
    else screen.progress(line);
  };
  return { add, done: () => done };
}

/** How far something is, in a line of 80 characters at most up to ten million. */
export function progressLine(state: {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly elapsedMs: number;
}): string {
  const { done, total, unit, elapsedMs } = state;
  const filled = Math.floor((BAR_WIDTH * done) / total);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
  const percent = `${Math.floor((100 * done) / total)} %`.padStart(5);
  // A first moment of no length tells nothing of the speed.
  const aSecond = (1000 * done) / Math.max(elapsedMs, 1);
  const left =
    done >= total ? `in ${duration(elapsedMs)}` : `${duration((1000 * (total - done)) / aSecond)} left`;
  const counted = `${grouped(done)} of ${grouped(total)} ${unit}`;
  return `${bar} ${percent}  ${counted}, ${grouped(Math.round(aSecond))}/s, ${left}`;
}

/** A time as people say it: `21 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A number with its digits in groups of three. */
export const grouped = (count: number): string => count.toLocaleString('en');
