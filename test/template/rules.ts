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
const { nothingIsReserved, theMappingCallsNoMoreThanThereAreGroups, ...ofReservations } = capacity;

const EVERYWHERE: Rules = {
  ...ofRoles,
  ...queues,
  ...ofFunctions,
  ...ofTheApi,
  ...ofNames,
  theMappingCallsNoMoreThanThereAreGroups,
};

const WITH_AURORA: Rules = {
  theDatabaseIsPrivate: database.theDatabaseIsPrivate,
  minorVersionsComeWithCommits: database.minorVersionsComeWithCommits,
  theNetworkHasNoIngress: database.theNetworkHasNoIngress,
  everyFunctionIsTheDatabaseUserThatItNeeds: database.everyFunctionIsTheDatabaseUserThatItNeeds,
  reportsLeaveThroughTheEndpoint: database.reportsLeaveThroughTheEndpoint,
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
  const stage = variant === 'dev' || variant === 'endpoints' ? 'dev' : 'prod';
  const common = {
    ...EVERYWHERE,
    everyNameHasItsStage: everyNameHasItsStage(stage),
    theEventLogIsThereIfRequested: theEventLogIsThereIfRequested(variant === 'prod'),
    onlyPagesOfTheseOriginsMayCall: onlyPagesOfTheseOriginsMayCall(
      variant === 'prod' ? ORIGINS.split(',') : [],
    ),
    eventsAreAsRequested: eventsAreAsRequested(variant === 'prod' || variant === 'own'),
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
  const { functionsInTheNetworkReachAws, functionsReachAwsByEndpoints } = database;
  const special: Record<Variant, Rules> = {
    dev: { ...WITH_AURORA, functionsInTheNetworkReachAws, theDatabaseIsRemovable, nothingIsReserved },
    endpoints: { ...WITH_AURORA, functionsReachAwsByEndpoints, theDatabaseIsRemovable, ...ofReservations },
    prod: {
      ...WITH_AURORA,
      functionsInTheNetworkReachAws,
      theDatabaseIsKept,
      ...ofReservations,
      ...alarmRules(own),
    },
    own: {
      ...ofReservations,
      thereIsNoDatabase,
      theUrlComesFromTheSecret,
      everyFunctionReadsItsSecretAlone,
      ...alarmRules(own),
    },
  };
  return { ...common, ...special[variant] };
}
