import * as behaviour from './alarm-behaviour.ts';
import * as alarms from './alarms.ts';
import * as api from './api.ts';
import * as capacity from './capacity.ts';
import * as database from './database.ts';
import * as functions from './functions.ts';
import * as names from './names.ts';
import type { OwnMetrics } from './own-metrics.ts';
import { ORIGINS, type Variant } from './packages.ts';
import * as permissions from './permissions.ts';
import * as queues from './queues.ts';
import type { Rule } from './template.ts';

export type Rules = Readonly<Record<string, Rule>>;

const { WITHOUT_DATABASE: _, eventsAreAsRequested, ...ofRoles } = permissions;
const { everyNameHasItsStage, ...ofNames } = names;

const { theEventLogIsThereIfRequested, tracingIsAsRequested, ...ofFunctions } = functions;

const { onlyPagesOfTheseOriginsMayCall, routeMetricsAreAsRequested, ...ofTheApi } = api;

const EVERYWHERE: Rules = { ...ofRoles, ...queues, ...ofFunctions, ...ofTheApi, ...capacity, ...ofNames };

const WITH_AURORA: Rules = {
  theDatabaseIsPrivate: database.theDatabaseIsPrivate,
  theNetworkHasNoIngress: database.theNetworkHasNoIngress,
  everyFunctionIsTheDatabaseUserThatItNeeds: database.everyFunctionIsTheDatabaseUserThatItNeeds,
  reportsLeaveThroughTheEndpoint: database.reportsLeaveThroughTheEndpoint,
  functionsInTheNetworkReachAws: database.functionsInTheNetworkReachAws,
  functionsWithADatabaseAreInItsNetwork: database.functionsWithADatabaseAreInItsNetwork,
};

const ofAlarms: Rules = { ...behaviour };

/** The rules of a stage with alarms. */
const alarmRules = (own: OwnMetrics): Rules => {
  const { everyAlarmNamesARealMetric, ...rest } = alarms;
  return { ...rest, ...ofAlarms, everyAlarmNamesARealMetric: everyAlarmNamesARealMetric(own) };
};

/** The rules that a deployment has to keep. */
export function rulesOf(variant: Variant, own: OwnMetrics): Rules {
  const stage = variant === 'dev' ? 'dev' : 'prod';
  const common = {
    ...EVERYWHERE,
    everyNameHasItsStage: everyNameHasItsStage(stage),
    theEventLogIsThereIfRequested: theEventLogIsThereIfRequested(variant === 'prod'),
    onlyPagesOfTheseOriginsMayCall: onlyPagesOfTheseOriginsMayCall(
      variant === 'prod' ? ORIGINS.split(',') : [],
    ),
    eventsAreAsRequested: eventsAreAsRequested(variant !== 'dev'),
    tracingIsAsRequested: tracingIsAsRequested(variant === 'own'),
    routeMetricsAreAsRequested: routeMetricsAreAsRequested(variant === 'own'),
  };
  const {
    thereIsNoDatabase,
    theUrlComesFromTheSecret,
    everyFunctionReadsItsSecretAlone,
    theDatabaseIsKept,
    theDatabaseIsRemovable,
  } = database;
  const special: Record<Variant, Rules> = {
    dev: { ...WITH_AURORA, theDatabaseIsRemovable },
    prod: { ...WITH_AURORA, theDatabaseIsKept, ...alarmRules(own) },
    own: {
      thereIsNoDatabase,
      theUrlComesFromTheSecret,
      everyFunctionReadsItsSecretAlone,
      ...alarmRules(own),
    },
  };
  return { ...common, ...special[variant] };
}
