import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An entry of PutEvents. */
interface BusEntry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

/** What a custom resource answered. */
interface ResourceAnswer {
  /** The header, as it was sent. */
  readonly type: string | undefined;
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
}

/**
 * Plays EventBridge, Secrets Manager, and the bucket to which custom resources put their answers; it takes everything and
 * keeps it.
 *
 * @param password in every secret that `secrets` does not have, beside a username
 */
export async function startRecorder(password: string, username = 'owner') {
  const entries: BusEntry[] = [];
  const answers: ResourceAnswer[] = [];
  const secretsAsked: string[] = [];
  const secrets = new Map<string, string>();
  const operations: Readonly<Record<string, (input: any) => object>> = {
    'AWSEvents.PutEvents': ({ Entries }) => {
      entries.push(...Entries);
      return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: randomUUID() })) };
    },
    'secretsmanager.GetSecretValue': ({ SecretId }) => {
      secretsAsked.push(SecretId);
      return { ARN: SecretId, SecretString: secrets.get(SecretId) ?? JSON.stringify({ username, password }) };
    },
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, url = '', headers } = request;
      const json = JSON.parse(body);
      if (method === 'PUT') {
        answers.push({ type: headers['content-type'], path: url, body: json });
        response.end();
        return;
      }
      const target = String(headers['x-amz-target']);
      const reply = operations[target]?.(json);
      response.writeHead(reply === undefined ? 501 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(reply ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    entries,
    answers,
    secretsAsked,
    secrets,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
