import { field, isEmpty, malformed, shown } from './field.ts';
import { isJsonObject } from './json.ts';

/** The longest reference and the longest id of an owner, in characters, as the database counts them: any other system's id. */
const MAX_REFERENCE_LENGTH = 255;

/** The longest description, in characters: a few sentences. */
const MAX_DESCRIPTION_LENGTH = 500;

/** The most names of metadata, and characters of a name: notes, not a document. */
const MAX_NAMES = 20;
const MAX_NAME_LENGTH = 64;

/** Bytes of metadata as JSON: a page of a hundred operations stays under a megabyte, an event far under EventBridge's limit. */
const MAX_METADATA_BYTES = 4_096;

/** What a caller gave a wallet or a transaction to know it by; only what was given. */
export interface Details {
  /** Unique for the owner of an API key. */
  readonly Reference?: string | undefined;
  readonly Description?: string | undefined;
  /** Names of the caller's, in the order in which they were written, but that whole numbers come first. */
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
}

/** The names of {@link Details}, in the order of replies. */
export const DETAILS = ['Reference', 'Description', 'Metadata'] as const satisfies (keyof Details)[];

/** What is wrong with a text, if anything: something visible, and nothing that PostgreSQL can't keep. */
function flawOf(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string') return `must be a string, not ${shown(value)}`;
  if (isEmpty(value)) return 'must not be empty: leave it out';
  const length = Array.from(value).length;
  if (length > maxLength) return `must have at most ${maxLength} characters, not ${length}`;
  return isKept(value) ? undefined : 'must be valid Unicode without NUL';
}

const isKept = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

function optionalText(maxLength: number) {
  const schema = {
    type: 'string',
    minLength: 1,
    maxLength,
    pattern: String.raw`^[^\u0000]*\S[^\u0000]*$`,
    isOptional: true,
  } as const;
  return field(schema, (value) => {
    if (value === undefined) return undefined;
    const flaw = flawOf(value, maxLength);
    return flaw === undefined ? (value as string) : malformed(flaw);
  });
}

const METADATA = {
  type: 'object',
  minProperties: 1,
  maxProperties: MAX_NAMES,
  propertyNames: { minLength: 1, maxLength: MAX_NAME_LENGTH, pattern: String.raw`^[^\u0000]+$` },
  additionalProperties: { type: 'string', maxLength: MAX_METADATA_BYTES, pattern: String.raw`^[^\u0000]*$` },
  isOptional: true,
} as const;

const metadata = field(METADATA, (value) => {
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) return malformed(`must be an object of texts by name, not ${shown(value)}`);
  const entries = Object.entries(value);
  if (entries.length === 0) return malformed('must have at least one name: leave it out');
  if (entries.length > MAX_NAMES)
    return malformed(`must have at most ${MAX_NAMES} names, not ${entries.length}`);
  for (const [name, text] of entries) {
    if (name === '' || Array.from(name).length > MAX_NAME_LENGTH || !isKept(name))
      return malformed(
        `has the name ${shown(name)}: a name is 1 to ${MAX_NAME_LENGTH} characters, without NUL`,
      );
    if (typeof text !== 'string')
      return malformed(`has ${shown(text)} for ${shown(name)}: values are strings`);
    if (!isKept(text)) return malformed(`has no valid Unicode without NUL for ${shown(name)}`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > MAX_METADATA_BYTES)
    return malformed(`must have at most ${MAX_METADATA_BYTES} bytes as JSON, not ${bytes}`);
  return value as Readonly<Record<string, string>>;
});

/** The fields of {@link Details}, to spread into the schema of a body. All are optional. */
export const details = {
  Reference: optionalText(MAX_REFERENCE_LENGTH),
  Description: optionalText(MAX_DESCRIPTION_LENGTH),
  Metadata: metadata,
};

/** Who a wallet's holder is to the caller, so that one has wallets in many currencies. */
export const ownerId = optionalText(MAX_REFERENCE_LENGTH);

/** One pair of metadata, to search by. */
export const metadataName = optionalText(MAX_NAME_LENGTH);
export const metadataValue = optionalText(MAX_METADATA_BYTES);
