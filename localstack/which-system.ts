import { DEFAULT_BASE_PORT, LOOPBACK, parseBasePort, portsFrom } from './addresses.ts';

/** Where a system answers. */
interface System {
  readonly http: string;
  /** Lambda's Invoke API; only a local system has one that needs no AWS account. */
  readonly lambda: string | undefined;
}

/**
 * Reads which system a command is for: a local one by `--port`, or any by `--url`.
 *
 * @throws Error with a sentence if both are given, or one has a wrong value
 */
export function readSystem({
  port,
  url,
}: {
  readonly port?: string | undefined;
  readonly url?: string | undefined;
}): System {
  if (url !== undefined) {
    if (port !== undefined) throw new Error('--port and --url name two systems: give one of them.');
    return { http: readUrl(url), lambda: undefined };
  }
  const { http, lambda } = portsFrom(parseBasePort(port ?? String(DEFAULT_BASE_PORT)));
  const at = (number: number): string => `http://${LOOPBACK}:${number}`;
  return { http: at(http), lambda: at(lambda) };
}

/** Without a slash at its end: paths begin with one. */
function readUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '')
    return url.href.replace(/\/+$/, '');
  throw new Error(`--url takes the address of an API, such as https://host/stage, not "${text}".`);
}
