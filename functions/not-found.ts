import { unknownRoute } from '../lib/http.ts';

/** Every request that no route takes. */
export const handler = unknownRoute();
