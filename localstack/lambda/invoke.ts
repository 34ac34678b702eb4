/** The longest a function may take to answer: the processor's own 30 s, a slow start, and some to spare. */
const INVOKE_LIMIT_MS = 45_000;

/** As much of an error as fits a log line. */
const ERROR_CHARACTERS = 500;

/**
 * A caller of one function through Lambda's Invoke API. It resolves with the function's reply (null if it gave none)
 * and rejects when the function threw, took too long or does not exist.
 */
export function invokeLambda(endpoint: string, functionName: string): (event: unknown) => Promise<unknown> {
  const url = new URL(`/2015-03-31/functions/${functionName}/invocations`, endpoint);
  return async (event) => {
    const signal = AbortSignal.timeout(INVOKE_LIMIT_MS);
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(event), signal });
    const text = await response.text();
    // Lambda answers 200 to a function that threw, too; only this header tells.
    if (!response.ok || response.headers.has('x-amz-function-error')) {
      throw new Error(`${functionName} failed (HTTP ${response.status}): ${text.slice(0, ERROR_CHARACTERS)}`);
    }
    return text === '' ? null : (JSON.parse(text) as unknown);
  };
}
