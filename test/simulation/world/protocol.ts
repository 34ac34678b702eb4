/*
 * Just enough of PostgreSQL's wire protocol to know where a statement ends and when it is answered:
 * https://www.postgresql.org/docs/17/protocol-message-formats.html
 */

interface Message {
  /** The message's first byte as a character. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** Splits a stream into messages: one type byte, then a length that includes itself. */
export function framer(): (chunk: Buffer) => Message[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const messages: Message[] = [];
    for (;;) {
      if (rest.length < 5) return messages;
      const end = 1 + rest.readUInt32BE(1);
      if (rest.length < end) return messages;
      messages.push({ type: String.fromCharCode(rest[0] ?? 0), bytes: rest.subarray(0, end) });
      rest = rest.subarray(end);
    }
  };
}

/** The messages that a client sends before it waits for an answer. */
export interface Exchange {
  readonly bytes: Buffer;
  /** The executed statement; undefined if the client only describes a statement or ends the connection. */
  readonly statement: string | undefined;
  /** The message types that end the server's answer. */
  readonly answeredBy: string;
}

/** Groups a client's messages into exchanges. Keeps the texts of prepared statements by name. */
export function exchanges(): (messages: readonly Message[]) => Exchange[] {
  const texts = new Map<string, string>();
  let parts: Buffer[] = [];
  let statement: string | undefined;
  let isExecuted = false;
  let flushedAnswer = 'Tn';
  const finish = (answeredBy: string): Exchange => {
    const exchange = {
      bytes: Buffer.concat(parts),
      statement: isExecuted ? (statement ?? '') : undefined,
      answeredBy,
    };
    [parts, statement, isExecuted, flushedAnswer] = [[], undefined, false, 'Tn'];
    return exchange;
  };
  return (messages) =>
    messages.flatMap(({ type, bytes }) => {
      parts.push(bytes);
      const strings = bytes.toString('utf8', 5).split('\0');
      switch (type) {
        case 'P':
          statement = strings[1];
          texts.set(strings[0] ?? '', strings[1] ?? '');
          return [];
        case 'B':
          statement = texts.get(strings[1] ?? '');
          return [];
        case 'E':
          isExecuted = true;
          flushedAnswer = 'sCI';
          return [];
        case 'H':
          return [finish(`${flushedAnswer}E`)];
        case 'Q':
          [statement, isExecuted] = [strings[0], true];
          return [finish('Z')];
        case 'S':
          return [finish('Z')];
        case 'X':
          return [finish('')];
        default:
          return [];
      }
    });
}

/** A simple query. */
export function simpleQuery(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(5, 'Q');
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

/** The SQLSTATE and the message of an ErrorResponse. */
export function readError(bytes: Buffer): { readonly code: string; readonly message: string } {
  const fields = bytes.toString('utf8', 5).split('\0');
  const field = (name: string) => fields.find((text) => text.startsWith(name))?.slice(1) ?? '';
  return { code: field('C'), message: field('M') };
}

/** The backend's process id in a BackendKeyData message. */
export const readPid = (bytes: Buffer): number => bytes.readUInt32BE(5);
