import { list, ofType, type Rule, target } from './template.ts';

/** Routes without an authorizer: load balancers and people call them, they reveal no data and wake no database. */
const OPEN_ROUTES = ['GET /live', 'HEAD /live'];

export const everyRouteButLiveHasTheAuthorizer: Rule = (template) =>
  ofType(template, 'AWS::ApiGatewayV2::Route').flatMap(([id, { Properties }]) => {
    const route = String(Properties['RouteKey']);
    const authorizer = template.Resources[target(Properties['AuthorizerId']) ?? ''];
    const isGuarded =
      Properties['AuthorizationType'] === 'CUSTOM' && authorizer?.Type === 'AWS::ApiGatewayV2::Authorizer';
    if (OPEN_ROUTES.includes(route)) return isGuarded ? [`${route} is guarded`] : [];
    return isGuarded ? [] : [`${id}: ${route} is open to everybody`];
  });

/** Whoever needs no key must not be able to keep a paused database awake. */
export const noOpenRouteHasADatabase: Rule = (template) =>
  ofType(template, 'AWS::ApiGatewayV2::Route')
    .filter(([, { Properties }]) => Properties['AuthorizationType'] !== 'CUSTOM')
    .flatMap(([id, { Properties }]) => {
      const integration = template.Resources[target(Properties['Target']) ?? '']?.Properties;
      const called = template.Resources[target(integration?.['IntegrationUri']) ?? '']?.Properties;
      const variables = Object.keys(called?.['Environment']?.Variables ?? {});
      return called === undefined || variables.some((name) => name.startsWith('DATABASE_'))
        ? [`${id} is open, and its function has a database`]
        : [];
    });

/** API Gateway caches the authorizer's reply by this value: without the key in it, one caller gets another's reply. */
const KEY = '$request.header.Authorization';

/** Seconds that a revoked key may still be accepted. */
const MAX_CACHED_SECONDS = 300;

export const theAuthorizerGetsTheKey: Rule = (template) =>
  ofType(template, 'AWS::ApiGatewayV2::Authorizer').flatMap(([id, { Properties }]) => [
    ...(Properties['AuthorizerType'] === 'REQUEST' ? [] : [`${id} is no REQUEST authorizer`]),
    ...(Properties['EnableSimpleResponses'] === true ? [] : [`${id} expects policies`]),
    ...(Properties['AuthorizerPayloadFormatVersion'] === '2.0'
      ? []
      : [`${id} gets a payload format other than 2.0`]),
    ...(list<string>(Properties['IdentitySource']).includes(KEY) ? [] : [`${id} does not get the key`]),
    ...(Number(Properties['AuthorizerResultTtlInSeconds'] ?? 0) <= MAX_CACHED_SECONDS
      ? []
      : [`${id} caches its replies for too long`]),
  ]);

/** Lambda requires a permission for each function behind the API, and for its authorizer. */
export const theApiMayCallItsFunctions: Rule = (template) => {
  const permitted = new Set(
    ofType(template, 'AWS::Lambda::Permission')
      .filter(
        ([, { Properties }]) =>
          target(Properties['Principal']) ?? Properties['Principal'] === 'apigateway.amazonaws.com',
      )
      .map(([, { Properties }]) => target(Properties['FunctionName'])),
  );
  const called = [
    ...ofType(template, 'AWS::ApiGatewayV2::Integration').map(([, { Properties }]) =>
      target(Properties['IntegrationUri']),
    ),
    ...ofType(template, 'AWS::ApiGatewayV2::Authorizer').map(([, { Properties }]) =>
      functionIn(Properties['AuthorizerUri']),
    ),
  ];
  return called.filter((id) => !permitted.has(id)).map((id) => `the API may not call ${id}`);
};

const functionIn = (uri: unknown): string | undefined =>
  /"(\w+LambdaFunction)"/.exec(JSON.stringify(uri))?.[1] ?? target(uri);

export const theApiIsThrottled: Rule = (template) =>
  ofType(template, 'AWS::ApiGatewayV2::Stage').flatMap(([id, { Properties }]) => {
    const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } =
      Properties['DefaultRouteSettings'] ?? {};
    return rate > 0 && burst > 0 ? [] : [`${id} has no limit but the account's`];
  });
