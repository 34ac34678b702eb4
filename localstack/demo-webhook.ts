import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { LOOPBACK } from './addresses.ts';
import { type Api, chapter, dim, type Wallet } from './demo-client.ts';

/** How long a post may take to come, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Only a system of this machine posts to this machine. */
export async function showWebhook({ shown, quiet }: Api, wallet: Wallet): Promise<void> {
  chapter('A webhook: an event comes as a signed post, and its delivery can be looked at');
  let secret = '';
  const { promise: came, resolve } = Promise.withResolvers<void>();
  const take = async (request: IncomingMessage): Promise<void> => {
    const body = await text(request);
    const event = new Webhook(secret).verify(body, request.headers as Record<string, string>);
    console.log(`  got ${String(request.headers['webhook-id'])}, with a right signature:`);
    console.log(dim(`  ${JSON.stringify(event)}`));
    resolve();
  };
  const server = createServer((request, response) => {
    take(request).then(
      () => response.writeHead(204).end(),
      () => response.writeHead(401).end(),
    );
  }).listen(0, LOOPBACK);
  await once(server, 'listening');
  const limit = AbortSignal.timeout(PATIENCE_MS);
  const late = once(limit, 'abort').then(() => {
    throw new Error('The event did not come to the webhook.');
  });
  late.catch(() => {});
  try {
    const Address = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/`;
    const { WebhookId, Secret } = await shown.webhooks.create({
      Address,
      EventTypes: ['TransactionSucceeded'],
    });
    secret = Secret;
    await quiet.transactions.receive({ WalletId: wallet.id, Amount: 1_000_000n, Currency: 'USD' });
    await Promise.race([came, late]);
    await shown.webhooks.deliveries(WebhookId).page();
    await shown.webhooks.disable(WebhookId);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
