import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Api } from './api.ts';
import { useSession } from './session.ts';

/** What is known of something that is read: at first nothing. A failure keeps what was read before. */
export interface Loaded<Value> {
  readonly value: Value | undefined;
  readonly error: Error | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

interface State<Value> {
  readonly of: string;
  readonly value: Value | undefined;
  readonly error: Error | undefined;
  readonly isLoading: boolean;
}

/**
 * Reads something, again whenever what is asked changes, and if wished every few seconds while the page can be seen.
 *
 * @param what names all that `read` depends on
 * @param everyMs how long to wait after an answer before the next request; never if missing
 */
export function useLoad<Value>(
  what: string,
  read: (api: Api, signal: AbortSignal) => Promise<Value>,
  everyMs?: number,
): Loaded<Value> {
  const { api } = useSession();
  const [count, setCount] = useState(0);
  const [state, setState] = useState<State<Value>>(nothingOf(what));
  useEffect(() => {
    const ended = new AbortController();
    setState((before) => (before.of === what ? { ...before, isLoading: true } : nothingOf(what)));
    const readOnce = async (): Promise<void> => {
      try {
        const value = await read(api, ended.signal);
        if (!ended.signal.aborted) setState({ of: what, value, error: undefined, isLoading: false });
      } catch (error) {
        if (!ended.signal.aborted)
          setState((before) => ({ ...before, error: error as Error, isLoading: false }));
      }
    };
    if (everyMs === undefined) void readOnce();
    else void repeat(readOnce, everyMs, ended.signal);
    return () => ended.abort();
    // `what` stands for all that `read` depends on.
  }, [api, what, count, everyMs]);
  const reload = useCallback(() => setCount((before) => before + 1), []);
  // An answer to an earlier question is none to this one.
  return { ...(state.of === what ? state : nothingOf<Value>(what)), reload };
}

const nothingOf = <Value>(of: string): State<Value> => ({
  of,
  value: undefined,
  error: undefined,
  isLoading: true,
});

/** Runs work, and again after each pause until the signal; a tab that nobody sees asks nothing. */
async function repeat(work: () => Promise<void>, pauseMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await visible(signal);
    if (signal.aborted) return;
    await work();
    await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Resolves once the page can be seen, or with the signal. */
async function visible(signal: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible') return;
  await new Promise<void>((resolve) => {
    const look = () => {
      if (document.visibilityState !== 'visible' && !signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look, { once: true });
  });
}
