import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';

/** Where a PostgreSQL server is, and whether to talk to it in the open. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /**
   * `false` for no TLS. Otherwise the server must prove its name by a certificate of one of these authorities (PEM), or of
   * the public ones where there are none.
   */
  readonly tls: false | { readonly authorities?: readonly string[] | undefined };
}

/** PostgreSQL's request for TLS, and its consent. */
const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const CONSENT = 'S'.charCodeAt(0);

/**
 * Connects to a PostgreSQL server, over TLS before anything is said.
 *
 * @param seconds to wait, for connection and handshake together
 * @throws Error with `code` CONNECT_TIMEOUT after that time, TLS_REFUSED where the server has no TLS, or the network's or
 *   the certificate's error
 */
export async function dial(address: Address, seconds: number): Promise<Socket> {
  const { host, port, tls } = address;
  const signal = AbortSignal.timeout(seconds * 1_000);
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal });
    const ready = tls === false ? socket : await encrypt(socket, host, tls.authorities, signal);
    return Object.assign(ready, { host });
  } catch (error) {
    socket.destroy();
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    throw Object.assign(new Error('the database does not answer'), { code: 'CONNECT_TIMEOUT' });
  }
}

async function encrypt(
  socket: Socket,
  host: string,
  authorities: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  socket.write(TLS_REQUEST);
  const [answer] = (await Promise.race([once(socket, 'data', { signal }), closing(socket, signal)])) as [
    Buffer,
  ];
  // More than the one byte would be someone in between, speaking before the handshake.
  if (answer.length !== 1 || answer[0] !== CONSENT)
    throw Object.assign(new Error('the database does not offer TLS'), { code: 'TLS_REFUSED' });
  const encrypted = secure({
    socket,
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(authorities ? { ca: [...authorities] } : {}),
  });
  await once(encrypted, 'secureConnect', { signal });
  return encrypted;
}

async function closing(socket: Socket, signal: AbortSignal): Promise<never> {
  await once(socket, 'close', { signal });
  throw Object.assign(new Error('the database closed the connection'), { code: 'ECONNRESET' });
}
