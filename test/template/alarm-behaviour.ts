import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { list, type Named, ofType, type Rule, type Template } from './template.ts';

const alarmsOf = (template: Template): Named[] => ofType(template, 'AWS::CloudWatch::Alarm');

/** Problems are written once a day: between two runs nothing is known, and the alarm has to stay as it is. */
export const theBooksStayOffUntilTheyAreClean: Rule = (template) =>
  alarmsOf(template)
    .filter(([, { Properties }]) => Properties['MetricName'] === 'ReconcileProblems')
    .filter(([, { Properties }]) => Properties['TreatMissingData'] !== 'ignore')
    .map(([id]) => `${id} ends while nothing is written`);

/** The most that CloudWatch takes: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WarmUpConfiguration.html */
const MAX_WARM_UP_MINUTES = 2_880;

/** The first deployment may take this long from the alarms to the schedules. */
const DEPLOYMENT_MINUTES = 60;

/** Before a schedule's first run its metrics are missing, which is no reason for an alarm. */
export const nothingIsMissedOnTheFirstDay: Rule = (template) =>
  alarmsOf(template)
    .filter(([, { Properties }]) => Properties['TreatMissingData'] === 'breaching')
    .flatMap(([id, { Properties }]) => {
      const { Period, EvaluationPeriods, WarmUpConfiguration } = Properties;
      const warmUp = WarmUpConfiguration?.WarmUpPeriodDurationInMinutes ?? 0;
      const least = Math.min((Period * EvaluationPeriods) / 60 + DEPLOYMENT_MINUTES, MAX_WARM_UP_MINUTES);
      return warmUp >= least && warmUp <= MAX_WARM_UP_MINUTES
        ? []
        : [`${id} waits for ${warmUp} minutes; it takes ${least} to ${MAX_WARM_UP_MINUTES}`];
    });

/** What somebody who got the alarm waits for: money moves again, requests succeed again, the books are clean or checked again. */
const ENDS_THAT_TELL = [
  'ApproximateAgeOfOldestMessage',
  'OldestPendingOperation',
  'ReconcileProblems',
  'ReconcileChecked',
  '5xx',
];

/** Each alarm that tells its end also sends a message on the first deployment. */
export const fewEndsAreTold: Rule = (template) =>
  alarmsOf(template).flatMap(([id, { Properties }]) => {
    const tells = list(Properties['OKActions']).length > 0;
    const should = ENDS_THAT_TELL.includes(Properties['MetricName']);
    if (tells === should) return [];
    return [tells ? `${id} sends a message when it ends` : `${id} does not tell that it ended`];
  });

/** A stage may have one request in some minutes: alarms on requests may not need several minutes in a row. */
const FEW_REQUESTS_SECONDS = 300;

export const oneOfFewRequestsRaisesAnAlarm: Rule = (template) =>
  alarmsOf(template).flatMap(([id, { Properties }]) => {
    const { MetricName, Period, DatapointsToAlarm: bad, EvaluationPeriods: periods } = Properties;
    if (!['5xx', 'Errors', 'Latency'].includes(MetricName)) return [];
    const isEnough = MetricName === 'Latency' ? bad < periods : bad === 1;
    return isEnough && Period >= FEW_REQUESTS_SECONDS
      ? []
      : [`${id} needs ${bad} of ${periods} periods of ${Period} s`];
  });

/** Alarms whose cure is no plain sight in a log: their descriptions have to name a section. */
const NEEDS_A_SECTION = /^(DeadLetters|FailedRuns|FailedEvents|OldestPending|ReconcileProblems)Alarm$/;

const PLACE = /docs\/(\w+)\.md, "([^"]+)"/;

/** What an alarm's description names is there. */
export const whatToDoIsWritten: Rule = (template) =>
  alarmsOf(template).flatMap(([id, { Properties }]) => {
    const [, page, section] = PLACE.exec(Properties['AlarmDescription']) ?? [];
    if (page === undefined) return NEEDS_A_SECTION.test(id) ? [`${id} does not say what to do`] : [];
    const lines = readFileSync(join(import.meta.dirname, '../../docs', `${page}.md`), 'utf8').split('\n');
    return lines.includes(`## ${section}`) ? [] : [`docs/${page}.md has no section "${section}"`];
  });
