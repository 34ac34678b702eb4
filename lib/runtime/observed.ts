import type { Context } from 'aws-lambda';
import { countColdStart } from './cold-start.ts';
import { describeError, logger } from './log.ts';

/** What is done at the end of each invocation, whatever came of it. */
const endings: (() => void)[] = [];

/** Has something done at the end of each invocation of an {@link observed} function. */
export const atEnd = (ending: () => void): void => void endings.push(ending);

type Invocation = Pick<Context, 'awsRequestId'>;

/**
 * What every function has around it that answers no HTTP request: its lines in the log carry the invocation's id, unless
 * it sets a better one; its metrics are published once, at the end; where it throws, one line says why. Of a success it
 * logs a line itself, with what it did.
 *
 * @param name in the line that says why it failed
 * @param make makes the function
 */
export function observed<Deps, Event, C, Reply>(
  name: string,
  make: (deps: Deps) => (event: Event, context: C) => Promise<Reply>,
): (deps: Deps) => (event: Event, context: C & Invocation) => Promise<Reply> {
  return (deps) => {
    const work = make(deps);
    return async (event, context) => {
      logger.setCorrelationId(context.awsRequestId);
      countColdStart();
      try {
        return await work(event, context);
      } catch (error) {
        logger.error(`${name} failed`, { error: describeError(error) });
        throw error;
      } finally {
        for (const ending of endings) ending();
      }
    };
  };
}
