/** Why a time limit aborts: told apart from what the caller's signal says. */
class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

/** A signal that is aborted by a time limit, or by a signal above it. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Whether the time was over, rather than a signal above aborted. */
  readonly isOver: () => boolean;
  /** Milliseconds that are left. */
  readonly remainingMs: () => number;
  /** Starts the limit anew. */
  readonly renew: () => void;
  /** Stops the clock until it is started anew. */
  readonly rest: () => void;
  /** Has one more signal above. */
  readonly follow: (above: AbortSignal) => void;
  /** Stops the clock and leaves the signals above; must be called. */
  readonly end: () => void;
}

/** @param above the caller's signal, or that of a longer limit */
export function startTimeLimit(limitMs: number, above?: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const followed = new Map<AbortSignal, () => void>();
  let isOver = false;
  let startedMs = performance.now();
  const stop = (): void => {
    isOver = true;
    controller.abort(new LimitReached(`${limitMs} ms are over`));
  };
  let timer = setTimeout(stop, limitMs);
  const rest = (): void => clearTimeout(timer);
  const follow = (signal: AbortSignal): void => {
    const abort = (): void => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    followed.set(signal, abort);
  };
  if (above !== undefined) follow(above);
  return {
    signal: controller.signal,
    isOver: () => isOver,
    remainingMs: () => limitMs - (performance.now() - startedMs),
    renew: () => {
      rest();
      startedMs = performance.now();
      timer = setTimeout(stop, limitMs);
    },
    rest,
    follow,
    end: () => {
      rest();
      for (const [signal, abort] of followed) signal.removeEventListener('abort', abort);
    },
  };
}

/**
 * Waits.
 *
 * @throws the signal's reason once it is aborted
 */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', stop, { once: true });
  });
}
