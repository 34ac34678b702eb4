import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { LOOPBACK } from '../../localstack/addresses.ts';

/*
 * A receiver as its owner would write it, with the specification's library: what it took it writes down before it answers. It may
 * be slow, and it may lie: answer 200 to what it did not take.
 */

/** What the process is told. */
export interface ReceiverOptions {
  readonly port: number;
  readonly secret: string;
  /** Gets a line for each post: the message's id, and `taken`, `lied` or `wrong`. */
  readonly file: string;
  /** Of how many posts one takes 300 ms, and of how many one is never answered; 0 for none. */
  readonly slowEvery: number;
  readonly hangsEvery: number;
  /** From which event on it lies to each second one, the first time it gets it; Infinity for none. */
  readonly liesFrom: number | null;
}

const SLOW_MS = 300;

const options = JSON.parse(process.argv[2] ?? '') as ReceiverOptions;
const webhook = new Webhook(options.secret);
const lied = new Set<string>();
let posts = 0;

const note = (id: string, what: string) => appendFileSync(options.file, `${id} ${what}\n`);

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  posts += 1;
  let id: string;
  try {
    const { data } = webhook.verify(body, request.headers as Record<string, string>) as {
      data: { EventId: string };
    };
    id = data.EventId;
    if (request.headers['webhook-id'] !== `event-${id}`) throw new Error('the id is another');
  } catch {
    note(String(request.headers['webhook-id']), 'wrong');
    response.writeHead(401).end();
    return;
  }
  if (options.hangsEvery > 0 && posts % options.hangsEvery === 0) return;
  const number = Number(id);
  const lies = options.liesFrom !== null && number >= options.liesFrom && number % 2 === 0 && !lied.has(id);
  if (lies) lied.add(id);
  note(id, lies ? 'lied' : 'taken');
  const answer = () => response.writeHead(200).end();
  if (options.slowEvery > 0 && posts % options.slowEvery === 0) setTimeout(answer, SLOW_MS);
  else answer();
}

createServer((request, response) => {
  take(request, response).catch(() => response.destroy());
}).listen(options.port, LOOPBACK, () => process.send?.('listening'));
