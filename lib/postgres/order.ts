/*
 * The order of the versions that a database can have: the number of the newest migration and that of the rights, such as
 * `0001.1`. Each number only ever grows, so of two versions the one with the higher migration is the later, and among
 * equal ones the one with the higher rights. It stands beside the hash that says whether two versions are the same.
 */

const ORDER = /^(\d{1,9})\.(\d{1,9})$/;

/**
 * Makes the order of a version.
 *
 * @param migrations the names of the migrations' files, such as `0001_schema.sql`
 * @throws Error if a migration's name does not begin with a number, or there is none
 */
export function orderOf(migrations: readonly string[], rightsVersion: number): string {
  const numbers = migrations.map((name) => {
    const [number] = /^\d{1,9}(?=_)/.exec(name) ?? [];
    if (number === undefined) throw new Error(`the migration ${name} has no number`);
    return number;
  });
  const newest = numbers.sort((a, b) => Number(a) - Number(b)).at(-1);
  if (newest === undefined) throw new Error('there are no migrations');
  return `${newest}.${rightsVersion}`;
}

/**
 * Whether one version is earlier than another. Versions of before there was an order are earlier than all that have one.
 *
 * @param version and `other`: orders, or what a template had in their place
 */
export function isEarlier(version: unknown, other: unknown): boolean {
  const [one, two] = [numbersOf(version), numbersOf(other)];
  if (one === undefined || two === undefined) return one === undefined && two !== undefined;
  return one.migration === two.migration ? one.rights < two.rights : one.migration < two.migration;
}

function numbersOf(order: unknown): { readonly migration: number; readonly rights: number } | undefined {
  const [, migration, rights] = ORDER.exec(typeof order === 'string' ? order : '') ?? [];
  return migration === undefined ? undefined : { migration: Number(migration), rights: Number(rights) };
}
