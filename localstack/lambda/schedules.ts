import type { Runtime } from './runtime.ts';
import type { FunctionDefinition, Service } from './service.ts';

/** EventBridge refuses `rate(1 minutes)` and `rate(5 minute)`. */
const RATE = /^rate\((?:(1) (minute|hour|day)|([1-9]\d*) (minutes|hours|days))\)$/;

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The longest time that a timer of Node takes: 2^31 - 1 milliseconds, some 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Milliseconds between two runs of a schedule.
 *
 * @throws Error with a sentence for what does not run here
 */
export function everyMs(schedule: string): number {
  const [, one, unit, some, units] = RATE.exec(schedule) ?? [];
  const ms = one === undefined ? Number(some) * unitMs(units?.slice(0, -1)) : unitMs(unit);
  if (some !== '1' && ms <= MAX_TIMER_MS) return ms;
  throw new Error(
    `the schedule ${schedule} does not run here: take rate(N minutes), rate(N hours) or rate(N days), up to 24 days`,
  );
}

const unitMs = (unit = ''): number => UNIT_MS[unit] ?? Number.NaN;

/** Runs the functions that have a schedule, each first when its time has passed once, as EventBridge does. */
export function startSchedules(service: Service, runtime: Runtime): { stop: () => void } {
  const timers = service.functions.flatMap((definition) =>
    definition.events.flatMap((event) =>
      event.kind === 'schedule'
        ? [setInterval(() => void run(definition, runtime), everyMs(event.rate))]
        : [],
    ),
  );
  return {
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

async function run(definition: FunctionDefinition, runtime: Runtime): Promise<void> {
  const event = {
    version: '0',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    time: new Date().toISOString(),
    detail: {},
  };
  const failed = await runtime
    .invoke(definition, event)
    .then((result) => (result.ok ? undefined : result.error.errorMessage), String);
  if (failed !== undefined) console.error(`${definition.name} failed on its schedule: ${failed}`);
}
