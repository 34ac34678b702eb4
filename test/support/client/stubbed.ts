import { onTestFinished } from 'vitest';
import { MyLittlePs, type Options } from '../../../client/src/client.ts';
import { startStub } from './stub-server.ts';

/** A client of a stub that lasts as long as the test, and what the stub gets. */
export async function stubbedClient(
  replies: Parameters<typeof startStub>[0],
  options: Omit<Options, 'url'> = {},
) {
  const stub = await startStub(replies);
  onTestFinished(stub.stop);
  return { ps: new MyLittlePs({ url: stub.url, ...options }), seen: stub.seen };
}
