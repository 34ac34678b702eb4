import { readConfig } from '../lib/config.ts';
import { openDatabase } from '../lib/db.ts';
import { unknownRoute } from '../lib/http.ts';

const config = readConfig(['DATABASE_URL', 'API_KEYS']);

/** Every request that no route takes. */
export const handler = unknownRoute({ sql: openDatabase(config.DATABASE_URL), apiKeys: config.API_KEYS });
