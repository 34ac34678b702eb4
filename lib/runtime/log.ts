import { Logger } from '@aws-lambda-powertools/logger';
import { mapStack } from './source-maps.ts';

/** Structured JSON logs; POWERTOOLS_LOG_LEVEL sets what is kept. */
export const logger = new Logger({ serviceName: 'my-little-ps' });

/** An error for a log: never the statement's parameters, which may hold what a log must not. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? { code: String(error.code) } : {};
  return { name: error.name, message: error.message, ...code, stack: mapStack(error.stack ?? '') };
}
