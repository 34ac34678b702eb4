import type { FunctionConfig, Functions, Serverless } from '../../../deployment/serverless.ts';
import { readSettings, type Settings } from '../../../deployment/settings.ts';

/** Prod's parameters, as serverless.yml has them. */
const PROD = {
  ...{ snapshot: '', walletGroups: '32', apiKeys: 'required', corsOrigins: '', logLevel: 'INFO' },
  ...{ requestsPerSecond: 2000, requestBurst: 4000, expensivePerSecond: 50, expensiveBurst: 100 },
  ...{ databaseUrl: '', egress: 'dualstack', zoneA: '', zoneB: '', keepData: true, standby: true },
  ...{ minCapacity: 0.5, maxCapacity: 16, backupDays: 35 },
  ...{ reservations: true, busyConcurrency: 50, quietConcurrency: 6, processorConcurrency: 32 },
  ...{ events: 'auto', eventLog: false, tracing: false, routeMetrics: false, alarms: true, alarmEmail: '' },
  ...{ relayRate: 'rate(1 minute)', balancerRate: 'rate(30 minutes)', reconcileRate: 'rate(1 day)' },
  ...{ webhooks: false, webhookAddresses: 'public', webhookConcurrency: 8, webhookPosters: 20 },
  webhookRate: 'rate(1 minute)',
};

/** A function that subscribes to events. */
export const subscriber = (name: string): FunctionConfig => ({
  name,
  events: [{ eventBridge: { pattern: {} } }],
});

/** The settings that a deployment with these parameters reads. */
export function settingsOf(
  parameters: Record<string, unknown> = {},
  stage = 'prod',
  param: string[] = [],
  functions: Functions = { eventLog: subscriber('eventLog'), relay: { name: 'relay' } },
): Settings {
  const serverless = {
    service: { custom: { stack: { ...PROD, ...parameters } }, functions },
    configurationInput: { params: { default: PROD } },
    processedInput: { commands: ['deploy'], options: { param } },
  };
  return readSettings(serverless as unknown as Serverless, stage);
}
