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

/** Plays EventBridge, and the bucket to which custom resources put their answers; it takes everything and keeps it. */
export async function startRecorder() {
  const entries: BusEntry[] = [];
  const answers: ResourceAnswer[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, url = '', headers } = request;
      const json = JSON.parse(body);
      if (method === 'PUT') {
        answers.push({ type: headers['content-type'], path: url, body: json });
        response.end();
        return;
      }
      if (headers['x-amz-target'] !== 'AWSEvents.PutEvents') {
        response.writeHead(501).end();
        return;
      }
      entries.push(...json.Entries);
      const Entries = json.Entries.map(() => ({ EventId: randomUUID() }));
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    entries,
    answers,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
