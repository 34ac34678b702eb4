import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { entry } from '../lib/runtime/entry.ts';

/**
 * Makes what answers an OPTIONS request of a browser. API Gateway adds what its CORS settings say; this function exists because a
 * request that no route takes would go to the default route, whose authorizer refuses it: browsers send no key before they
 * know that they may.
 */
const createPreflight = () => async (): Promise<APIGatewayProxyStructuredResultV2> => ({ statusCode: 204 });

export const handler = entry()(createPreflight);
