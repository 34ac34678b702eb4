import { grant, type Mutant, set, setVariable } from './mutant.ts';

/** Faults in what costs by the request: traces, metrics, logs and events. */
export const COST_MUTANTS: readonly Mutant[] = [
  [
    'a function is not traced',
    'tracingIsAsRequested',
    set('RelayLambdaFunction', 'TracingConfig', { Mode: 'PassThrough' }),
    'own',
  ],
  [
    'a function is traced that nobody asked for',
    'tracingIsAsRequested',
    set('RelayLambdaFunction', 'TracingConfig', { Mode: 'Active' }),
  ],
  [
    'a function keeps the tracing of an earlier deployment',
    'tracingIsAsRequested',
    set('RelayLambdaFunction', 'TracingConfig', undefined),
  ],
  [
    'a function may trace without being traced',
    'everyRightIsNeeded',
    grant('RelayRole', 'xray:PutTraceSegments', '*'),
  ],
  [
    'a traced function may not send its traces',
    'everyNeedHasItsRight',
    set('RelayLambdaFunction', 'TracingConfig', { Mode: 'Active' }),
  ],
  [
    'Lambda logs each invocation',
    'lambdaLogsTroubleOnly',
    set('RelayLambdaFunction', 'LoggingConfig', { LogFormat: 'JSON', SystemLogLevel: 'INFO' }),
  ],
  [
    'metrics are written into a log that no metric is read from',
    'metricsAreReadFromLogs',
    set('RelayLogGroup', 'LogGroupClass', 'INFREQUENT_ACCESS'),
  ],
  [
    'the access log costs twice as much',
    'theAccessLogIsCheap',
    set('HttpApiLogGroup', 'LogGroupClass', 'STANDARD'),
  ],
  [
    'a route has metrics that nobody asked for',
    'routeMetricsAreAsRequested',
    (r) => {
      r['HttpApiStage'].Properties.RouteSettings['POST /batch'].DetailedMetricsEnabled = true;
    },
  ],
  [
    'no route has metrics though somebody asked for them',
    'routeMetricsAreAsRequested',
    set('HttpApiStage', 'DefaultRouteSettings', { DetailedMetricsEnabled: false }),
    'own',
  ],
  [
    'events are staged that nobody listens to',
    'eventsAreAsRequested',
    setVariable('ProcessorLambdaFunction', 'EVENTS', 'on'),
    'dev',
  ],
  [
    'events are missing though somebody listens',
    'eventsAreAsRequested',
    setVariable('ProcessorLambdaFunction', 'EVENTS', 'off'),
  ],
  [
    'a function may publish events that nobody listens to',
    'everyRightIsNeeded',
    grant('RelayRole', 'events:PutEvents', { 'Fn::GetAtt': ['EventBus', 'Arn'] }),
    'dev',
  ],
];
