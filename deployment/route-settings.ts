import {
  ApiGatewayV2Client,
  ApiGatewayV2ServiceException,
  DeleteRouteSettingsCommand,
  GetStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import type { Serverless } from './serverless.ts';
import { messageOf, resourcesOf, withClient } from './stack.ts';

/** The API and its stage in the framework's template. */
const API = 'HttpApi';
const STAGE = 'HttpApiStage';

/** A stage that somebody deleted by hand. */
const NOT_FOUND = 404;

/**
 * Deletes the deployed stage's settings of routes that the new template does not have: API Gateway refuses to change a stage
 * that has settings of a missing route. Until the update reaches the stage, such a route has the default throttling.
 *
 * @throws Error naming the route and the right that this takes
 */
export async function dropOldRouteSettings(serverless: Serverless): Promise<void> {
  const ApiId = (await resourcesOf(serverless)).get(API);
  if (ApiId === undefined) return;
  const { Resources } = serverless.service.provider.compiledCloudFormationTemplate;
  const { StageName, RouteSettings } = Resources[STAGE]?.Properties ?? {};
  const wanted = Object.keys((RouteSettings as object | undefined) ?? {});
  const key = { ApiId, StageName: String(StageName) };
  try {
    await withClient(serverless, ApiGatewayV2Client, async (client) => {
      const deployed = await client.send(new GetStageCommand(key));
      for (const RouteKey of Object.keys(deployed.RouteSettings ?? {})) {
        if (wanted.includes(RouteKey)) continue;
        await client.send(new DeleteRouteSettingsCommand({ ...key, RouteKey }));
        console.log(`Deleted the settings of the old route ${RouteKey}`);
      }
    });
  } catch (error) {
    if (error instanceof ApiGatewayV2ServiceException && error.$metadata.httpStatusCode === NOT_FOUND) return;
    throw new serverless.classes.Error(
      `The settings of old routes could not be deleted: ${messageOf(error)}. It takes apigateway:GET and apigateway:DELETE on the stage.`,
      'MY_LITTLE_PS_ROUTE_SETTINGS',
    );
  }
}
