import { randomUUID } from 'node:crypto';
import { post } from '../post.ts';
import type { Build } from './build.ts';

/** Requests to accept. Wallets with odd ids are in EUR, the others in USD; amounts are in the origin's currency. */
export interface Requests {
  readonly operations: 'receipts' | 'transfers' | 'half and half';
  /** Operations in all, transfers counted once. */
  readonly count: number;
  /** Operations accepted beforehand, unmeasured; none if missing. */
  readonly warmUp?: number;
  /** Operations of a request: 1, or what `POST /batch` takes. */
  readonly perRequest: number;
  /** Concurrent requests, each with a connection. */
  readonly atOnce: number;
  /** Whether each request has an Idempotency-Key. */
  readonly isKeyed?: boolean;
  /** The first and the last wallet. */
  readonly wallets: readonly [number, number];
  /** How the wallet of an operation is found: at random, one after another, or always the first. */
  readonly order: 'random' | 'in turn' | 'first';
  /** How far the target's id is from the origin's; 0 for a target at random. */
  readonly step?: number;
  /** Millionths of a unit, in digits. */
  readonly amount: string;
}

interface Entry {
  readonly WalletId?: number;
  readonly OriginWalletId?: number;
  readonly TargetWalletId?: number;
  readonly Amount: string;
  readonly Currency: string;
}

/** Sends the requests to a build's handlers. Of requests with one operation, each is for its own route. */
export async function sendAll(
  build: Build,
  deps: Parameters<Build['receiveAmount']>[0],
  requests: Requests,
): Promise<void> {
  const { count, perRequest, atOnce, isKeyed } = requests;
  const [receive, transfer] = [build.receiveAmount(deps), build.transferAmount(deps)];
  const accept = build.acceptOperations(deps);
  let sent = 0;
  const loop = async (): Promise<void> => {
    while (sent < count) {
      const first = sent;
      sent += perRequest;
      const entries = Array.from({ length: perRequest }, (_, index) => entryOf(requests, first + index));
      const headers: Record<string, string> = isKeyed === true ? { 'Idempotency-Key': randomUUID() } : {};
      const [only, ...others] = entries;
      if (only === undefined || others.length > 0) await post(accept, { Operations: entries }, headers);
      else await post('WalletId' in only ? receive : transfer, only, headers);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
}

/** One operation. Of half and half, every other one is a transfer. */
function entryOf({ operations, wallets, order, step = 0, amount }: Requests, number: number): Entry {
  const [first, last] = wallets;
  const size = last - first + 1;
  const random = (): number => first + Math.floor(Math.random() * size);
  const origin = order === 'first' ? first : order === 'in turn' ? first + (number % size) : random();
  const common = { Amount: amount, Currency: origin % 2 === 0 ? 'USD' : 'EUR' };
  const isTransfer = operations === 'transfers' || (operations === 'half and half' && number % 2 === 1);
  if (!isTransfer) return { WalletId: origin, ...common };
  const offset = step === 0 ? 1 + Math.floor(Math.random() * (size - 1)) : step;
  return { OriginWalletId: origin, TargetWalletId: first + ((origin - first + offset) % size), ...common };
}
