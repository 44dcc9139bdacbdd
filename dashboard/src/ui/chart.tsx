import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useFormat } from '../i18n/format.ts';
import styles from './chart.module.css';

export interface Series {
  label: string;
  /** A variable of `base.css`: `--accent`. */
  color: string;
  /** null: there is none at that time. */
  values: readonly (number | null)[];
  /** Of the legend; absent: their sum. */
  total?: number | null;
}

interface ChartProps {
  /** What it shows; said of its table, too. */
  label: string;
  /** Days (`2026-11-26`), ascending. */
  times: readonly string[];
  series: readonly Series[];
  /** Of a number at the side and in the legend; the same function each time. */
  format?: (value: number) => string;
}

const HEIGHT = 260;
const DAY_SECONDS = 86_400;
/** Steps between the numbers at the side: whole ones. */
const STEPS = [1, 2, 5]
  .flatMap((step) => [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7].map((times) => step * times))
  .sort((a, b) => a - b);

/** Lines over days, drawn on a canvas, with the same numbers as a table for those who do not see it. Load it lazily. */
export function Chart({ label, times, series, format = String }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const { day } = useFormat();
  const named = useRef(day);
  named.current = day;
  const shown = (value: number | null | undefined) => (typeof value === 'number' ? format(value) : '–');
  useEffect(() => {
    const target = box.current as HTMLDivElement;
    const style = getComputedStyle(target);
    const colour = (name: string) => resolved(target, style.getPropertyValue(name));
    const axis = {
      stroke: colour('--text-2'),
      font: `12px ${style.fontFamily}`,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    };
    const nameOf = (seconds: number) => named.current(new Date(seconds * 1_000).toISOString());
    const draw = () =>
      new uPlot(
        {
          width: target.clientWidth,
          height: HEIGHT,
          legend: { show: false },
          cursor: { show: false },
          tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'UTC'),
          axes: [
            {
              ...axis,
              grid: { show: false },
              incrs: [1, 2, 7, 14, 30, 60].map((days) => days * DAY_SECONDS),
              values: (_plot, ticks) => ticks.map(nameOf),
            },
            { ...axis, incrs: STEPS, values: (_plot, ticks) => ticks.map(format) },
          ],
          scales: { y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.05)] } },
          series: [
            {},
            ...series.map(({ color, values }, index) => ({
              stroke: colour(color),
              width: 2,
              ...(index === 0 && { fill: colour('--accent-soft') }),
              // One between two gaps has no line.
              points: { show: times.length < 15 || values.includes(null), size: 6, fill: colour(color) },
            })),
          ],
        },
        [times.map((at) => Date.parse(at) / 1_000), ...series.map((one) => [...one.values])],
        target,
      );
    let plot = draw();
    const redraw = () => {
      plot.destroy();
      plot = draw();
    };
    const size = new ResizeObserver(() => plot.setSize({ width: target.clientWidth, height: HEIGHT }));
    size.observe(target);
    // The colours are those of the moment: another theme is drawn anew.
    const theme = new MutationObserver(redraw);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme', 'lang'] });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    return () => {
      size.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [times, series, format]);
  return (
    <figure>
      <ul className={styles.legend}>
        {series.map(({ label: name, color, values, total = sumOf(values) }) => (
          <li key={name}>
            <span className={styles.swatch} style={{ background: `var(${color})` }} />
            {name} <strong>{shown(total)}</strong>
          </li>
        ))}
      </ul>
      <div ref={box} className={styles.chart} aria-hidden />
      {/* A table itself would not be held to its width. */}
      <div className="visually-hidden">
        <table>
          <caption>{label}</caption>
          <tbody>
            {times.map((at, index) => (
              <tr key={at}>
                <th scope="row">{at}</th>
                {series.map((one) => (
                  <td key={one.label}>{`${one.label}: ${shown(one.values[index])}`}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function sumOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** A canvas knows no `light-dark()`: the browser says what it comes to. */
function resolved(target: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  target.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
