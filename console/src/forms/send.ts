import { useRef, useState } from 'preact/hooks';
import { newKey } from '../../../client/src/new-key.ts';
import { ApiError } from '../api.ts';
import { writeBody } from '../payload.ts';
import { useSession } from '../session.ts';

/** A form's request: where it is, and what came of it. */
export interface Sending<Reply> {
  readonly isSending: boolean;
  readonly reply: Reply | undefined;
  readonly error: Error | undefined;
  /** Whether nobody knows if it was done: sending the same again is safe, sending another is not. */
  readonly isUnknown: boolean;
  readonly send: (path: string, body: object) => void;
}

interface State<Reply> {
  readonly isSending: boolean;
  readonly reply: Reply | undefined;
  readonly error: Error | undefined;
}

const NOTHING = { isSending: false, reply: undefined, error: undefined } as const;

/**
 * Sends a form's request, one at a time. The same request has the same idempotency key for as long as the form is shown, so a double
 * click, or another try after a failure, does it once. What was filled in anew is another request, with a key of its own.
 *
 * @param onDone is called after a success
 */
export function useSend<Reply>(onDone?: (reply: Reply) => void): Sending<Reply> {
  const { api } = useSession();
  const [state, setState] = useState<State<Reply>>(NOTHING);
  // A second click may come before the button is drawn as disabled.
  const isRunning = useRef(false);
  const last = useRef({ request: '', key: '' });
  const send = async (path: string, body: object): Promise<void> => {
    if (isRunning.current) return;
    isRunning.current = true;
    const request = `${path} ${writeBody(body)}`;
    if (last.current.request !== request) last.current = { request, key: newKey() };
    setState({ ...NOTHING, isSending: true });
    try {
      const reply = await api.post<Reply>(path, body, last.current.key);
      setState({ ...NOTHING, reply });
      onDone?.(reply);
    } catch (error) {
      setState({ ...NOTHING, error: error as Error });
    } finally {
      isRunning.current = false;
    }
  };
  const isUnknown = state.error instanceof ApiError && state.error.isUnknown;
  return { ...state, isUnknown, send: (path, body) => void send(path, body) };
}
