import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ApiError } from '../api.ts';
import type { Loaded } from '../load.ts';
import type { Tone } from '../words.ts';

/** An error as a sentence; one of ours has none for whoever looks. */
const sentenceOf = (error: Error): string =>
  error instanceof ApiError ? error.message : 'Something went wrong in this page. Load it again.';

/** Says that something failed, and offers another try. */
export function Failed({
  error,
  isOld = false,
  onRetry,
}: {
  readonly error: Error;
  /** Whether something is shown nevertheless. */
  readonly isOld?: boolean;
  readonly onRetry?: () => void;
}) {
  return (
    <div role="alert" class="note bad">
      <p>
        {sentenceOf(error)}
        {isOld && ' What is shown is from before.'}
      </p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Says what became of a form that it stands for now, and takes the focus that was in that. */
export function Result({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    place.current?.focus();
  }, []);
  return (
    <div role="status" tabIndex={-1} ref={place} class={`note ${tone}`}>
      {children}
    </div>
  );
}

/** Says that nothing is there, and what to do about it. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/**
 * Shows what was read, or that it is being read, or that it failed. What was read before stays when a later reading fails, with a
 * note that it is old.
 */
export function Show<Value>({
  loaded,
  what,
  children,
}: {
  readonly loaded: Loaded<Value>;
  /** What is read, such as “the wallet”. */
  readonly what: string;
  readonly children: (value: Value) => ComponentChildren;
}) {
  const { value, error, isLoading, reload } = loaded;
  return (
    <div class="shown" aria-busy={isLoading && value === undefined}>
      {error !== undefined && <Failed error={error} isOld={value !== undefined} onRetry={reload} />}
      {value === undefined && error === undefined && (
        <p role="status" class="loading">
          Reading {what} …
        </p>
      )}
      {value !== undefined && children(value)}
    </div>
  );
}
