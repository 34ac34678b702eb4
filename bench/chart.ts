import { isMet, type Measurement, readable } from './measurement.ts';

/** Sizes in pixels. */
const LABEL_WIDTH = 470;
const BAR_WIDTH = 340;
const VALUE_WIDTH = 190;
const ROW_HEIGHT = 19;
const GROUP_GAP = 34;
const TOP = 40;
const FONT_SIZE = 11;

/** Longer labels are cut; about this many characters fit. */
const MAX_LABEL_CHARACTERS = 80;

const COLOURS = { plain: '#4c78a8', met: '#54a24b', missed: '#e45756', target: '#333333' };

/**
 * Draws one bar per measurement, as SVG. Measurements of one name share a scale, which begins at zero. A thin line along
 * the bar is the spread, an upright one the target.
 */
export function chart(title: string, measurements: readonly Measurement[]): string {
  const groups = Map.groupBy(measurements, ({ name, unit }) => `${name}, ${unit}`);
  const parts: string[] = [];
  let top = TOP;
  for (const [heading, group] of groups) {
    parts.push(text(10, top, heading, 'font-weight="bold"'));
    const largest = Math.max(...group.map(extent), Number.MIN_VALUE);
    for (const measurement of group) {
      top += ROW_HEIGHT;
      parts.push(bar(measurement, top, largest));
    }
    top += GROUP_GAP;
  }
  const width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}" font-family="sans-serif" font-size="${FONT_SIZE}">
<rect width="${width}" height="${top}" fill="white"/>
${text(10, FONT_SIZE * 1.6, title, 'font-size="15" font-weight="bold"')}
${parts.join('\n')}
</svg>
`;
}

/** How far a measurement's bar, spread or target reaches. */
function extent({ value, spread, target }: Measurement): number {
  return Math.max(value, spread?.most ?? 0, target?.atMost ?? 0, target?.atLeast ?? 0);
}

function bar(measurement: Measurement, baseline: number, largest: number): string {
  const { value, unit, conditions, spread, target } = measurement;
  const x = (amount: number): number => LABEL_WIDTH + (Math.max(amount, 0) / largest) * BAR_WIDTH;
  const top = baseline - ROW_HEIGHT / 2 - 2;
  const height = ROW_HEIGHT - 6;
  const middle = top + height / 2;
  const met = isMet(measurement);
  const colour = met === undefined ? COLOURS.plain : met ? COLOURS.met : COLOURS.missed;
  const lines = [
    text(LABEL_WIDTH - 8, baseline, conditions, 'text-anchor="end"'),
    `<rect x="${LABEL_WIDTH}" y="${top}" width="${(x(value) - LABEL_WIDTH).toFixed(1)}" height="${height}" fill="${colour}"/>`,
  ];
  if (spread !== undefined) lines.push(line(x(spread.least), middle, x(spread.most), middle, '#00000088'));
  for (const limit of [target?.atMost, target?.atLeast]) {
    if (limit !== undefined) lines.push(line(x(limit), top - 3, x(limit), top + height + 3, COLOURS.target));
  }
  const end = Math.max(x(value), x(spread?.most ?? 0), x(target?.atMost ?? 0), x(target?.atLeast ?? 0));
  lines.push(text(end + 6, baseline, `${readable(value)} ${unit}`));
  return lines.join('\n');
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1}" x2="${x2.toFixed(1)}" y2="${y2}" stroke="${colour}" stroke-width="1.5"/>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const short =
    content.length > MAX_LABEL_CHARACTERS ? `${content.slice(0, MAX_LABEL_CHARACTERS - 1)}…` : content;
  const escaped = short.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped}</text>`;
}
