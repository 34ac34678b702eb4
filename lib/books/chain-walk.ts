import { type ChainLink, chainHash } from '../ledger/hash-chain.ts';

/**
 * What was done to a wallet's chain after settling, as far as its rows can tell: an operation was `changed`, `removed` or
 * `inserted`; or the wallet's row was changed or is missing.
 */
type Tampering = 'changed' | 'removed' | 'inserted' | 'wallet changed' | 'wallet missing';

/** The first place at which a wallet's chain is broken. */
export interface Finding {
  readonly kind: Tampering;
  readonly walletId: string;
  /** Where in the wallet's chain. */
  readonly position: string;
  /** The operation there; null if it is missing, or if the finding is about the wallet's row. */
  readonly operationId: string | null;
  readonly transactionId: string | null;
  /** A sentence for an operator. */
  readonly says: string;
}

/** A settled operation as it is stored. */
export type StoredLink = ChainLink & { readonly hash: Uint8Array };

/** The end of a chain by the wallet's row. */
export interface ChainEnd {
  readonly length: bigint;
  readonly head: Uint8Array;
}

/** A walk along one wallet's chain. It keeps a few rows, however long the chain is. */
export interface Walk {
  readonly walletId: bigint;
  /** Undefined if the wallet is missing. */
  readonly end: ChainEnd | undefined;
  count: bigint;
  first: StoredLink | undefined;
  /** The last operation that follows from all before it. */
  last: StoredLink | undefined;
  /** The first operation after the chain's end. */
  beyond: StoredLink | undefined;
  /** Whether the operation at the chain's end has the head's hash. */
  reachesHead: boolean;
  broken: Break | undefined;
}

interface Break {
  readonly how: 'gap' | 'double' | 'hash';
  readonly position: bigint;
  readonly row: StoredLink;
  /** Whether the next operation follows from the hash that is stored in this one. */
  goesOn: boolean | undefined;
}

const NOTHING = new Uint8Array();

export function startWalk(walletId: bigint, end: ChainEnd | undefined): Walk {
  const reachesHead = end?.length === 0n && end.head.length === 0;
  const rows = { first: undefined, last: undefined, beyond: undefined, broken: undefined };
  return { walletId, end, count: 0n, reachesHead, ...rows };
}

/** Takes the next settled operation of the wallet, in the order of positions. */
export function takeLink(walk: Walk, row: StoredLink): void {
  const position = (walk.last?.position ?? 0n) + 1n;
  const length = walk.end?.length ?? 0n;
  walk.count += 1n;
  walk.first ??= row;
  if (row.position > length) walk.beyond ??= row;
  if (walk.broken !== undefined) {
    walk.broken.goesOn ??= row.position === position + 1n && isAfter(walk.broken.row, row);
    return;
  }
  const how = howBroken(walk, row, position);
  if (how !== undefined) {
    walk.broken = { how, position, row, goesOn: undefined };
    return;
  }
  if (row.position === length) walk.reachesHead = isEqual(row.hash, walk.end?.head);
  walk.last = row;
}

function howBroken({ last }: Walk, row: StoredLink, position: bigint): Break['how'] | undefined {
  if (row.position > position) return 'gap';
  if (row.position < position) return 'double';
  return isAfter(last, row) ? undefined : 'hash';
}

/** What is wrong with the wallet's chain, after all its operations were taken; undefined if nothing is. */
export function conclude(walk: Walk): Finding | undefined {
  const { walletId, end, broken, first } = walk;
  if (end === undefined) {
    if (first === undefined) return undefined;
    return finding(walk, 'wallet missing', first, `there is no wallet ${walletId}, but it has operations`);
  }
  if (broken === undefined) return concludeWhole(walk, end);
  switch (broken.how) {
    case 'gap':
      return concludeGap(walk, end, broken);
    case 'double':
      return finding(walk, 'inserted', broken.row, `its position ${broken.row.position} is taken by another`);
    case 'hash':
      return concludeHash(walk, end, broken);
  }
}

/** All operations follow from one another: checks that they end as the wallet's row says. */
function concludeWhole(walk: Walk, end: ChainEnd): Finding | undefined {
  const { count, last, beyond } = walk;
  if (count === end.length && walk.reachesHead) return undefined;
  const endsAtHead = isEqual(last?.hash ?? NOTHING, end.head);
  if (count < end.length && !endsAtHead) {
    return missing(walk, count + 1n, `the wallet's chain is ${end.length} long, and the last are gone`);
  }
  if (beyond !== undefined && walk.reachesHead) {
    return finding(walk, 'inserted', beyond, `the wallet's chain ends at position ${end.length}`);
  }
  const what = endsAtHead ? 'chain_length' : 'chain_head';
  const says = `the wallet's ${what} is not that of its last operation, which is at position ${count}`;
  return finding(walk, 'wallet changed', undefined, says, count);
}

function concludeGap(walk: Walk, end: ChainEnd, { position, row }: Break): Finding {
  if (position > end.length) {
    return finding(walk, 'inserted', row, `the wallet's chain ends at position ${end.length}`);
  }
  const { beyond } = walk;
  const isMoved = beyond === row ? isEqual(row.hash, end.head) : beyond !== undefined && isAfter(beyond, row);
  if (beyond !== undefined && isMoved) {
    return finding(walk, 'changed', beyond, `its position was ${position}`, position);
  }
  return missing(walk, position, `the next is operation ${row.id} at position ${row.position}`);
}

/** The operation's hash does not follow from the previous one: what comes next, and how many operations there are, tells why. */
function concludeHash(walk: Walk, end: ChainEnd, { position, row, goesOn }: Break): Finding {
  if (position > end.length) {
    return finding(walk, 'inserted', row, `the wallet's chain ends at position ${end.length}`);
  }
  const isInPlace = goesOn ?? (position === end.length && isEqual(row.hash, end.head));
  if (!isInPlace && walk.count > end.length) {
    return finding(
      walk,
      'inserted',
      row,
      `the wallet has more operations than its chain is long, ${end.length}`,
    );
  }
  if (!isInPlace && walk.count < end.length) {
    const says = `it does not follow from the one before, and the wallet's chain is longer, ${end.length}`;
    return finding(walk, 'removed', row, says);
  }
  return finding(walk, 'changed', row, 'its hash is not that of its content and of the operation before it');
}

function missing(walk: Walk, position: bigint, says: string): Finding {
  return finding(
    walk,
    'removed',
    undefined,
    `there is no operation at position ${position}; ${says}`,
    position,
  );
}

function finding(
  { walletId }: Walk,
  kind: Tampering,
  row: StoredLink | undefined,
  says: string,
  position = row?.position ?? 0n,
): Finding {
  return {
    kind,
    walletId: walletId.toString(),
    position: position.toString(),
    operationId: row?.id.toString() ?? null,
    transactionId: row?.transactionId ?? null,
    says,
  };
}

function isAfter(previous: StoredLink | undefined, row: StoredLink): boolean {
  return isEqual(chainHash(previous?.hash ?? NOTHING, row), row.hash);
}

function isEqual(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0;
}
