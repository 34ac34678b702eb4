import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import './language.ts';
import uPlot from 'uplot';

/** A line, or bars, over time. */
interface Series {
  readonly name: string;
  /** Beside the times; null where there is nothing. Rounded: it is only drawn. */
  readonly values: readonly (number | null)[];
  /** What is said of each value, with all of its digits. */
  readonly texts: readonly string[];
  /** The custom property of its colour. */
  readonly color: string;
}

interface Props {
  /** In words, what the chart shows, for whoever does not see it. */
  readonly summary: string;
  /** Seconds since 1970, rising. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  /** `steps`: a value holds until the next. */
  readonly kind: 'steps' | 'bars';
  /** From when to when; what there is if missing. */
  readonly range?: readonly [number, number];
  /** Is called with the seconds that somebody drew a frame around. */
  readonly onZoom?: (from: number, to: number) => void;
}

const HEIGHT_PX = 220;

/** A frame that is narrower was a click. */
const MIN_FRAME_PX = 8;

/** The share of a bar's place that it takes beside another, and the widest, in pixels. */
const BAR_SIZE: [number, number] = [0.35, 20];

/** The space for the values' axis, in pixels: for each character of the longest, and for what stands around it. */
const CHARACTER_PX = 7;
const AXIS_PX = 24;

/** A chart over time. Its summary says the same in words. */
export function Chart(props: Props) {
  const { summary, times, series } = props;
  const place = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number | undefined>();
  const isDark = useDark();
  const drawn = JSON.stringify([times, series.map(({ values }) => values), props.range, isDark]);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const plot = new uPlot(optionsOf(element, props, setIndex), dataOf(props), element);
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
    // Whatever changes the drawing is in `drawn`.
  }, [drawn]);
  const at = index === undefined ? undefined : times[index];
  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={summary} class="plot" />
      <figcaption>
        {at === undefined || index === undefined ? (
          summary
        ) : (
          <>
            {new Date(at * 1_000).toLocaleString('en-GB')}
            {series.map(({ name, texts }) => `, ${name}: ${texts[index] ?? 'nothing'}`)}
          </>
        )}
      </figcaption>
    </figure>
  );
}

const dataOf = ({ times, series }: Props): uPlot.AlignedData =>
  [times.slice(), ...series.map(({ values }) => values.slice())] as uPlot.AlignedData;

function optionsOf(element: HTMLElement, props: Props, onPoint: (index?: number) => void): uPlot.Options {
  const { series, kind, range, onZoom } = props;
  const colorOf = (name: string): string => getComputedStyle(element).getPropertyValue(name).trim();
  const { bars, stepped } = uPlot.paths;
  // Bars of two series stand side by side.
  const pathsOf = (place: number) => {
    const paths =
      kind === 'bars' ? bars?.({ size: BAR_SIZE, align: place === 0 ? -1 : 1 }) : stepped?.({ align: 1 });
    return paths && { paths };
  };
  const axis = { stroke: colorOf('--quiet'), grid: { stroke: colorOf('--line'), width: 1 } };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { drag: { x: onZoom !== undefined, y: false, setScale: false } },
    scales: { x: { time: true, ...(range && { range: [...range] as [number, number] }) } },
    axes: [
      { ...axis, values: (_plot, moments) => labelsOf(moments) },
      {
        ...axis,
        values: (_plot, marks) => marks.map((mark) => NUMBER.format(mark)),
        size: (_plot, marks) => widthOf(marks ?? []),
      },
    ],
    series: [
      {},
      ...series.map(({ name, color }, place) => ({
        ...{ label: name, stroke: colorOf(color), width: 2, points: { show: false } },
        fill: `${colorOf(color)}${kind === 'bars' ? '' : '33'}`,
        ...pathsOf(place),
      })),
    ],
    hooks: {
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < MIN_FRAME_PX) return;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onZoom?.(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
        },
      ],
    },
  };
}

/** As all other numbers of the console, and not as the browser's language writes them: there, a point may part thousands. */
const NUMBER = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 12 });

const widthOf = (marks: readonly string[]): number =>
  AXIS_PX + CHARACTER_PX * Math.max(...marks.map(({ length }) => length));

/** Seconds between two marks from which on their clocks say nothing, and up to which their seconds do. */
const DAY_SECONDS = 86_400;
const MINUTE_SECONDS = 60;

/** What stands at the marks of the time's axis: days or clocks, in the viewer's zone. */
function labelsOf(moments: readonly number[]): string[] {
  const [first = 0, second = first] = moments;
  const step = second - first;
  const form: Intl.DateTimeFormatOptions =
    step >= DAY_SECONDS
      ? { day: 'numeric', month: 'short' }
      : {
          ...{ hour: '2-digit', minute: '2-digit' },
          ...(step < MINUTE_SECONDS ? { second: '2-digit' } : {}),
          ...(step < 1 ? { fractionalSecondDigits: 1 } : {}),
        };
  const format = new Intl.DateTimeFormat('en-GB', form);
  return moments.map((moment) => format.format(moment * 1_000));
}

/** Whether the viewer prefers dark colours, also when that changes. */
function useDark(): boolean {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [isDark, setIsDark] = useState(query.matches);
  useLayoutEffect(() => {
    const change = () => setIsDark(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return isDark;
}
