/** A known bug: a change of the source, and the tests that must notice it. */
export interface KnownBug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** An integration test that fails with it. */
  readonly caughtBy: string;
}
