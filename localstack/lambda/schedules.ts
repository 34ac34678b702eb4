import type { Runtime } from './runtime.ts';
import type { FunctionDefinition, Service } from './service.ts';

const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** The longest time that a timer of Node takes: 2^31 - 1 milliseconds, some 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Milliseconds between two runs of a schedule.
 *
 * @throws Error with a sentence for what does not run here
 */
export function everyMs(schedule: string): number {
  const [, count, unit] = RATE.exec(schedule) ?? [];
  const ms = count === undefined ? Number.NaN : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (ms >= UNIT_MS.minute && ms <= MAX_TIMER_MS) return ms;
  throw new Error(
    `the schedule ${schedule} does not run here: take rate(N minutes), rate(N hours) or rate(N days), up to 24 days`,
  );
}

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
