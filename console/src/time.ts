/** What a moment is shown as. */
export interface ShownTime {
  /** In the zone of whoever looks. */
  readonly local: string;
  /** In UTC; empty where that is the same. */
  readonly utc: string;
}

/** Fixed, so that a day is never mistaken for a month. */
const LOCALE = 'en-GB';

const DAY = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;

/** The formats of a zone. They take long to make, and a table has a hundred times. */
const formatsOf = (timeZone: string | undefined) => {
  const zone = timeZone === undefined ? {} : { timeZone };
  return {
    whole: new Intl.DateTimeFormat(LOCALE, { ...DAY, ...CLOCK, ...zone }),
    clock: new Intl.DateTimeFormat(LOCALE, { ...CLOCK, ...zone }),
  };
};
const OWN = formatsOf(undefined);
const UTC = formatsOf('UTC');

/**
 * Writes a moment in a zone, with UTC beside.
 *
 * @param iso RFC 3339
 * @param timeZone that of the viewer if missing
 */
export function showTime(iso: string, timeZone?: string): ShownTime {
  const moment = new Date(iso);
  const local = (timeZone === undefined ? OWN : formatsOf(timeZone)).whole.format(moment);
  const utc = UTC.whole.format(moment);
  if (local === utc) return { local: `${local} UTC`, utc: '' };
  const isSameDay = local.split(',')[0] === utc.split(',')[0];
  return { local, utc: `${isSameDay ? UTC.clock.format(moment) : utc} UTC` };
}

const STEPS = [
  { seconds: 86_400, name: 'day' },
  { seconds: 3_600, name: 'hour' },
  { seconds: 60, name: 'minute' },
  { seconds: 1, name: 'second' },
] as const;

/** Writes a duration in its largest whole unit, such as `3 minutes`. */
export function showSeconds(seconds: number): string {
  const step = STEPS.find((each) => seconds >= each.seconds) ?? STEPS[STEPS.length - 1];
  if (step === undefined) return '';
  const count = Math.floor(seconds / step.seconds);
  return `${count} ${step.name}${count === 1 ? '' : 's'}`;
}

/** Writes milliseconds as people time things: `85 ms`, `1.2 s`. */
export function showMilliseconds(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
