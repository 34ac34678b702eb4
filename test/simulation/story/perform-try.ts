import { parseJson } from '../../../lib/wire/parse-json.ts';
import { must } from '../checks/violation.ts';
import { invoke, type Lambda } from '../world/lambda.ts';
import { count, type World } from '../world/world.ts';
import { sendNew } from './perform-http.ts';
import { prepare } from './requests.ts';
import type { Action, Faults } from './script.ts';

/** Nothing may be recorded under it: the journal's check of clients knows no such request. */
const CORRELATION_ID = 'tried out';

/**
 * Tries a request out, and makes it then: if nobody and nothing comes between, it must end as it was told.
 */
export async function tryOut(
  world: World,
  lambda: Lambda,
  { request }: Extract<Action, { do: 'try' }>,
  faults: Faults,
): Promise<string> {
  const { route, path, body: real } = prepare(request, world.known);
  const body = real === '{}' ? '{"DryRun":true}' : real.replace(/\}$/, ',"DryRun":true}');
  const headers = { 'x-correlation-id': CORRELATION_ID };
  count(world, 'requests tried out');
  const raw = await lambda.untilDeath(
    invoke(lambda.http(route, world.groups), { route, path, body, headers }),
  );
  if (raw === 'died') return `${route} is tried out → no reply`;
  const isStruck = () => lambda.struck().length > 0 || world.step.struck.has(lambda.slot);
  must(raw.status < 500 || isStruck(), 'a request fails only by a fault', () => `${body}: ${raw.text}`);
  const said = `${route} ${body} → ${raw.status} ${raw.text.slice(0, 160)}`;
  if (raw.status !== 200) return said;
  const { payload } = parseJson(raw.text) as { payload: { DryRun?: boolean; Status?: string } };
  must(payload.DryRun === true, 'what is only tried out says so', () => raw.text);
  if (!world.isAlone || isStruck() || payload.Status === undefined) return said;

  const { told } = world.step;
  const before = told.length;
  const sent = await sendNew(world, lambda, { do: 'request', request, isKeyed: false, waits: true }, faults);
  const outcome = told[before];
  must(
    outcome === undefined || !outcome.isAlone || outcome.status === payload.Status,
    'a request ends as it was told when it was tried out, with nothing between',
    () => `${said}; then ${sent}`,
  );
  if (outcome !== undefined) count(world, 'requests that ended as they were told before');
  return `${said}; then ${sent}`;
}
