import { field, isEmpty, malformed, Problem, shown } from '../wire/field.ts';
import { SCOPES, type Scope } from './api-key.ts';

/** The longest name of a key or an owner, in characters, as the schema has it. */
const MAX_NAME_CHARACTERS = 100;

/** Names stand in logs and lists: what is no character of a line stays out. */
const NAME = String.raw`^[^\u0000-\u001f\u007f-\u009f]*\S[^\u0000-\u001f\u007f-\u009f]*$`;
const IS_NAME = new RegExp(NAME);

const SCHEMA = { type: 'string', minLength: 1, maxLength: MAX_NAME_CHARACTERS, pattern: NAME } as const;

/** What a key is called. */
export const keyName = field(SCHEMA, (value) => (isEmpty(value) ? new Problem('missing') : nameOf(value)));

/** Whose it is; undefined if missing. */
export const keyOwner = field({ ...SCHEMA, isOptional: true }, (value) =>
  value === undefined ? undefined : nameOf(value),
);

function nameOf(value: unknown): string | Problem {
  if (typeof value !== 'string') return malformed(`must be a string, not ${shown(value)}`);
  const length = Array.from(value).length;
  if (length > MAX_NAME_CHARACTERS)
    return malformed(`must have at most ${MAX_NAME_CHARACTERS} characters, not ${length}`);
  return IS_NAME.test(value) && value.isWellFormed()
    ? value
    : malformed('must have a visible character and no control characters');
}

/** What a key is good for. */
export const keyScopes = field(
  {
    type: 'array',
    items: { type: 'string', enum: SCOPES },
    minItems: 1,
    maxItems: SCOPES.length,
    uniqueItems: true,
  },
  (value): readonly Scope[] | Problem => {
    if (isEmpty(value)) return new Problem('missing');
    if (!Array.isArray(value)) return malformed(`must be an array of scopes, not ${shown(value)}`);
    if (value.length === 0) return malformed(`must name a scope: ${SCOPES.join(', ')}`);
    const unknown = (value as unknown[]).find((each) => !SCOPES.includes(each as Scope));
    if (unknown !== undefined) return malformed(`has ${shown(unknown)}: the scopes are ${SCOPES.join(', ')}`);
    if (new Set(value).size < value.length) return malformed('must name each scope once');
    return value as Scope[];
  },
);
