import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import type { Serverless } from './serverless.ts';

/** The function that makes API keys. */
const KEYS = 'keys';

const reply = z.object({ Key: z.string().min(1) });

/**
 * Asks for the first API key after a deployment and prints it, once: the function makes one only where there is none.
 * A deployment is not undone for want of a key: what went wrong is told, and how to ask again.
 */
export async function printFirstKey(serverless: Serverless): Promise<void> {
  const config = serverless.service.functions[KEYS];
  if (config === undefined) return;
  const again = `npx serverless invoke --stage ${serverless.getProvider('aws').getStage()} --function ${KEYS} --data '{"command":"first"}'`;
  try {
    const client = new LambdaClient(await serverless.getProvider('aws').getAwsSdkV3Config());
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName: config.name, Payload: JSON.stringify({ command: 'first' }) }),
    );
    if (FunctionError !== undefined) throw new Error(`the function ${KEYS} failed; its log says why`);
    const made = reply.safeParse(JSON.parse(Buffer.from(Payload ?? []).toString() || 'null'));
    if (made.success)
      console.log(`\nThe first API key, shown this once and kept nowhere:\n\n  ${made.data.Key}\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(`\nThe first API key could not be asked for: ${why}. Ask again:\n\n  ${again}\n`);
  }
}
