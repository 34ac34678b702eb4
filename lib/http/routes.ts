/** The methods of every path of the API. A test compares them with serverless.yml. */
const METHODS_OF: Readonly<Record<string, readonly string[]>> = {
  '/update_currencies': ['POST'],
  '/currencies': ['GET', 'HEAD'],
  '/currency/{currency}/rates': ['GET', 'HEAD'],
  '/convert_amount/{amount}/{from}/{to}': ['GET', 'HEAD'],
  '/wallet': ['POST'],
  '/wallet/{walletId}': ['GET', 'HEAD'],
  '/wallet/{walletId}/history': ['GET', 'HEAD'],
  '/wallets': ['GET', 'HEAD'],
  '/wallet/{walletId}/freeze': ['POST'],
  '/wallet/{walletId}/unfreeze': ['POST'],
  '/wallet/{walletId}/close': ['POST'],
  '/wallet/{walletId}/rename': ['POST'],
  '/wallet/{walletId}/limits': ['POST'],
  '/wallet/{walletId}/alerts': ['GET', 'HEAD', 'POST'],
  '/wallet/{walletId}/alerts/remove': ['POST'],
  '/receive_amount': ['POST'],
  '/transfer_amount': ['POST'],
  '/send_amount': ['POST'],
  '/send_amount/{transactionId}/confirm': ['POST'],
  '/send_amount/{transactionId}/cancel': ['POST'],
  '/transaction': ['POST'],
  '/transaction/{transactionId}': ['GET', 'HEAD'],
  '/transaction/{transactionId}/story': ['GET', 'HEAD'],
  '/transactions': ['GET', 'HEAD'],
  '/refund': ['POST'],
  '/hold': ['POST'],
  '/hold/{holdId}': ['GET', 'HEAD'],
  '/hold/{holdId}/capture': ['POST'],
  '/hold/{holdId}/release': ['POST'],
  '/hold/{holdId}/extend': ['POST'],
  '/holds/{walletId}': ['GET', 'HEAD'],
  '/batch': ['POST'],
  '/operations/{walletId}': ['GET', 'HEAD'],
  '/operations/file/{walletId}': ['GET', 'HEAD'],
  '/operations/total/{walletId}': ['GET', 'HEAD'],
  '/overview': ['GET', 'HEAD'],
  '/groups': ['GET', 'HEAD'],
  '/rebalance': ['POST'],
  '/webhooks': ['GET', 'HEAD', 'POST'],
  '/webhook/{webhookId}/disable': ['POST'],
  '/webhook/{webhookId}/enable': ['POST'],
  '/webhook/{webhookId}/rotate': ['POST'],
  '/webhook/{webhookId}/test': ['POST'],
  '/webhook/{webhookId}/deliveries': ['GET', 'HEAD'],
  '/webhook/{webhookId}/resend': ['POST'],
  '/key': ['GET', 'HEAD'],
  '/keys': ['GET', 'HEAD', 'POST'],
  '/key/{keyId}/limit': ['POST'],
  '/key/{keyId}/revoke': ['POST'],
  '/health': ['GET', 'HEAD'],
  '/live': ['GET', 'HEAD'],
  '/openapi.json': ['GET', 'HEAD'],
  '/events.json': ['GET', 'HEAD'],
  '/docs': ['GET', 'HEAD'],
  '/docs/{file}': ['GET', 'HEAD'],
  '/console': ['GET', 'HEAD'],
  '/console/{file}': ['GET', 'HEAD'],
};

const ROUTES = Object.entries(METHODS_OF).map(([path, methods]) => ({
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  methods,
}));

/** @returns the methods that a path takes, in any of its routes; none if there is no such path */
export const methodsOf = (path: string): readonly string[] => [
  ...new Set(ROUTES.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : []))),
];

/** Every route, such as `GET /currencies`. */
export const routeKeys = (): string[] =>
  Object.entries(METHODS_OF).flatMap(([path, methods]) => methods.map((method) => `${method} ${path}`));
