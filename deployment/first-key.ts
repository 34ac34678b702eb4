import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import type { Serverless } from './serverless.ts';

/** The function that makes API keys. */
const KEYS = 'keys';

const reply = z.object({ key: z.string().min(1) });

/** A database that was paused takes some 15 s to resume, and the function fails until then. */
const ATTEMPTS = 6;
const PAUSE_MS = 5_000;

/**
 * Asks for the first API key after a deployment and prints it, once: the function makes one only where there is none.
 * A deployment is not undone for want of a key: what went wrong is told, and how to ask again. In CI, whose logs many can
 * read, only that is told.
 *
 * @param pauseMs between two tries
 */
export async function printFirstKey(serverless: Serverless, pauseMs = PAUSE_MS): Promise<void> {
  const config = serverless.service.functions[KEYS];
  if (config === undefined) return;
  const again = `npx serverless invoke --stage ${serverless.getProvider('aws').getStage()} --function ${KEYS} --data '{"command":"first"}'`;
  if (process.env['CI']) {
    console.log(`\nWhere there is no API key yet, this makes and shows the first one:\n\n  ${again}\n`);
    return;
  }
  try {
    const client = new LambdaClient(await serverless.getProvider('aws').getAwsSdkV3Config());
    const made = reply.safeParse(JSON.parse((await ask(client, config.name, pauseMs)) || 'null'));
    if (made.success)
      console.log(`\nThe first API key, shown this once and kept nowhere:\n\n  ${made.data.key}\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(`\nThe first API key could not be asked for: ${why}. Ask again:\n\n  ${again}\n`);
  }
}

/** @returns what the function answers */
async function ask(client: LambdaClient, name: string, pauseMs: number): Promise<string> {
  const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify({ command: 'first' }) });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(pauseMs);
    const { FunctionError, Payload } = await client.send(command);
    if (FunctionError === undefined) return Buffer.from(Payload ?? []).toString();
  }
  throw new Error(`the function ${KEYS} failed; its log says why`);
}
