import type { Sql, Statements } from './database.ts';

/** A statement as postgres.js keeps it until someone waits for it. */
export type Statement = PromiseLike<unknown> & {
  handler: (statement: Statement) => void;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  /** As they were sent: the driver writes over them. */
  parameters?: unknown;
};

/** Whether something made by a pool is a statement, or a part of one, rather than a name or a list of values. */
export const isStatement = (made: unknown): made is Statement =>
  typeof made === 'object' && made !== null && typeof Reflect.get(made, 'handler') === 'function';

/**
 * A pool for work that is one statement, which PostgreSQL does whole or not at all.
 *
 * @returns what runs a statement and throws at a second one: each would be committed by itself, and where the second
 *   fails, the first stays
 */
export function forOneStatement(sql: Sql): Statements {
  let sent = 0;
  const counted = (made: unknown): unknown => {
    if (!isStatement(made)) return made;
    const send = made.handler;
    // A part of another statement is never sent by itself.
    made.handler = (self) => {
      sent += 1;
      if (sent === 1) send(self);
      else self.reject(new Error('a second statement outside of a transaction: take a transaction for both'));
    };
    return made;
  };
  return new Proxy(sql, {
    apply: (target, _this, parameters) => counted(Reflect.apply(target, undefined, parameters)),
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (name !== 'unsafe') return member;
      return (...parameters: unknown[]) =>
        counted(Reflect.apply(member as () => unknown, undefined, parameters));
    },
  });
}
