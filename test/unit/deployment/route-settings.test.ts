import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dropOldRouteSettings } from '../../../deployment/route-settings.ts';
import type { Serverless } from '../../../deployment/serverless.ts';
import { type Answer, fakeAws, stageOf } from './fake-aws.ts';

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

const STAGE = '/v2/apis/api1/stages/%24default';

/** A stage that is deployed with settings of these routes, and whose new template has settings of POST /batch. */
async function stage(answer: (request: string) => Answer, resources = { HttpApi: 'api1' }) {
  const { asked, config } = await fakeAws(answer);
  const Properties = { StageName: '$default', RouteSettings: { 'POST /batch': {} } };
  const compiledCloudFormationTemplate = { Resources: { HttpApiStage: { Type: '', Properties } } };
  const service = { service: 'my-little-ps', provider: { compiledCloudFormationTemplate } };
  return { asked, serverless: { ...stageOf(config, resources), service } as unknown as Serverless };
}

const deployed = (...routes: string[]): Answer => ({
  body: JSON.stringify({
    stageName: '$default',
    routeSettings: Object.fromEntries(routes.map((route) => [route, { throttlingRateLimit: 5 }])),
  }),
});

test('the settings of a route that the new template lacks are deleted, the others stay', async () => {
  const { asked, serverless } = await stage((request) =>
    request.startsWith('GET') ? deployed('POST /batch', 'POST /bulk') : { status: 204, body: '' },
  );
  await dropOldRouteSettings(serverless);
  expect(asked).toEqual([`GET ${STAGE}`, `DELETE ${STAGE}/routesettings/POST%20%2Fbulk`]);
});

test('a stage without old settings, a missing stage and a missing stack are left alone', async () => {
  const current = await stage(() => deployed('POST /batch'));
  await dropOldRouteSettings(current.serverless);
  expect(current.asked).toHaveLength(1);
  const missing = { status: 404, body: '{"message":"Invalid stage identifier specified"}' };
  await dropOldRouteSettings((await stage(() => missing)).serverless);
  const nothing = await stage(() => missing, {} as { HttpApi: string });
  await dropOldRouteSettings(nothing.serverless);
  expect(nothing.asked).toEqual([]);
});

test('a missing right stops the deployment and is named', async () => {
  const { serverless } = await stage(() => ({ status: 403, body: '{"message":"not authorized"}' }));
  await expect(dropOldRouteSettings(serverless)).rejects.toThrow(
    /The settings of old routes could not be deleted: .*apigateway:GET and apigateway:DELETE/,
  );
});
