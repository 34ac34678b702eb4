import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import type { Serverless } from './serverless.ts';
import { messageOf, withClient } from './stack.ts';

/** The function that makes API keys. */
const KEYS = 'keys';

const reply = z.object({ key: z.string().min(1) });

/** A paused database takes about 15 s to resume, and the function fails until then. */
const ATTEMPTS = 6;
const PAUSE_MS = 5_000;

/**
 * Requests the first API key after a deployment and prints it once: the function makes one only if there is no key yet.
 * If that fails, the deployment stands: the reason is printed, with the command to try again. In CI, whose logs many can
 * read, only the command is printed.
 *
 * @param pauseMs wait between two attempts
 */
export async function printFirstKey(serverless: Serverless, pauseMs = PAUSE_MS): Promise<void> {
  const config = serverless.service.functions[KEYS];
  if (config === undefined) return;
  const command = `npx serverless invoke --stage ${serverless.getProvider('aws').getStage()} --function ${KEYS} --data '{"command":"first"}'`;
  if (process.env['CI']) {
    console.log(`\nIf there is no API key yet, this makes and shows the first one:\n\n  ${command}\n`);
    return;
  }
  try {
    const text = await withClient(serverless, LambdaClient, (client) =>
      invokeKeys(client, config.name, pauseMs),
    );
    const made = reply.safeParse(JSON.parse(text || 'null'));
    if (made.success)
      console.log(`\nThe first API key, shown this once and kept nowhere:\n\n  ${made.data.key}\n`);
  } catch (error) {
    console.error(
      `\nThe first API key could not be asked for: ${messageOf(error)}. Ask again:\n\n  ${command}\n`,
    );
  }
}

/** @returns the function's reply */
async function invokeKeys(client: LambdaClient, name: string, pauseMs: number): Promise<string> {
  const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify({ command: 'first' }) });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(pauseMs);
    const { FunctionError, Payload } = await client.send(command);
    if (FunctionError === undefined) return Buffer.from(Payload ?? []).toString();
  }
  throw new Error(`the function ${KEYS} failed; its log says why`);
}
