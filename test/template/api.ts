import { OPEN_ROUTES } from '../fixtures/open-routes.ts';
import { list, ofType, type Rule, target } from './template.ts';

/** Routes without an authorizer: load balancers, people and browsers that ask first call them; they reveal no data and wake no database. */
const OPEN = [...OPEN_ROUTES, 'OPTIONS /{proxy+}'];

export const everyRouteButLiveHasTheAuthorizer: Rule = (template) =>
  ofType(template, 'AWS::ApiGatewayV2::Route').flatMap(([id, { Properties }]) => {
    const route = String(Properties['RouteKey']);
    const authorizer = template.Resources[target(Properties['AuthorizerId']) ?? ''];
    const isGuarded =
      Properties['AuthorizationType'] === 'CUSTOM' && authorizer?.Type === 'AWS::ApiGatewayV2::Authorizer';
    if (OPEN.includes(route)) return isGuarded ? [`${route} is guarded`] : [];
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

/** Without a route of their own, browsers' preflights go to the default route, whose authorizer refuses them. */
const PREFLIGHT_ROUTE = 'OPTIONS /{proxy+}';

/** What a page needs to send, and to read. */
const HEADERS_SENT = ['Authorization', 'Content-Type', 'Idempotency-Key', 'Prefer', 'X-Correlation-Id'];
const HEADERS_READ = ['Idempotency-Replayed', 'Retry-After', 'X-Correlation-Id'];

/** Pages of the given origins may call the API, and no others; none by default. */
export const onlyPagesOfTheseOriginsMayCall =
  (origins: readonly string[]): Rule =>
  (template) => {
    const preflight = ofType(template, 'AWS::ApiGatewayV2::Route').find(
      ([, { Properties }]) => Properties['RouteKey'] === PREFLIGHT_ROUTE,
    );
    const findings = ofType(template, 'AWS::ApiGatewayV2::Api').flatMap(([id, { Properties }]) => {
      const cors = Properties['CorsConfiguration'] ?? {};
      const lacking = (of: string, wanted: readonly string[]) =>
        wanted
          .filter((one) => !list<string>(cors[of]).includes(one))
          .map((one) => `${id}: ${of} lacks ${one}`);
      return [
        ...(list<string>(cors.AllowOrigins).join() === origins.join()
          ? []
          : [`${id} lets in pages of ${list<string>(cors.AllowOrigins).join() || 'no origin'}`]),
        ...(cors.AllowCredentials ? [`${id} takes cookies`] : []),
        ...(origins.length === 0
          ? []
          : [
              ...lacking('AllowHeaders', HEADERS_SENT),
              ...lacking('ExposeHeaders', HEADERS_READ),
              ...lacking('AllowMethods', ['GET', 'POST']),
            ]),
      ];
    });
    const isThere = preflight?.[1].Properties['Target'] !== undefined;
    if (isThere === origins.length > 0) return findings;
    return [...findings, isThere ? 'preflights have a route, and nobody needs it' : 'preflights need a key'];
  };

/** Searching it is all that is done with an access log, and costs half in this class. */
export const theAccessLogIsCheap: Rule = (template) =>
  ofType(template, 'AWS::ApiGatewayV2::Stage').flatMap(([id, { Properties }]) => {
    const group = template.Resources[target(Properties['AccessLogSettings']?.DestinationArn) ?? ''];
    if (group === undefined) return [`${id} has no access log of this stack`];
    const { LogGroupClass } = group.Properties;
    return LogGroupClass === 'INFREQUENT_ACCESS' ? [] : [`the access log of ${id} is ${LogGroupClass}`];
  });

/** Six metrics for each route that is used, each with its price. */
export const routeMetricsAreAsRequested =
  (isRequested: boolean): Rule =>
  (template) =>
    ofType(template, 'AWS::ApiGatewayV2::Stage').flatMap(([id, { Properties }]) =>
      [['every route', Properties['DefaultRouteSettings']], ...Object.entries(Properties['RouteSettings'])]
        .filter(([, settings]: any) => String(settings?.DetailedMetricsEnabled) !== String(isRequested))
        .map(([route]) => `${id}: metrics of ${route} are not as requested`),
    );
