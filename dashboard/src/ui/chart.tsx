import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import styles from './chart.module.css';

export interface Series {
  label: string;
  /** A variable of `base.css`: `--accent`. */
  color: string;
  values: readonly number[];
}

interface ChartProps {
  /** What it shows; said of its table, too. */
  label: string;
  /** ISO days or moments, ascending. */
  times: readonly string[];
  series: readonly Series[];
  format?: (value: number) => string;
}

const HEIGHT = 280;

/** Lines over time, drawn on a canvas, with the same numbers as a table for those who do not see it. Load it lazily. */
export function Chart({ label, times, series, format = String }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const target = box.current as HTMLDivElement;
    const style = getComputedStyle(target);
    const colour = (name: string) => resolved(target, style.getPropertyValue(name));
    const axis = {
      stroke: colour('--text-2'),
      grid: { stroke: colour('--line') },
      ticks: { stroke: colour('--line') },
    };
    const plot = new uPlot(
      {
        width: target.clientWidth,
        height: HEIGHT,
        axes: [axis, { ...axis, values: (_plot, ticks) => ticks.map(format) }],
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high)] } },
        series: [
          {},
          ...series.map((one) => ({
            label: one.label,
            stroke: colour(one.color),
            width: 2,
            points: { show: times.length < 3 },
          })),
        ],
      },
      [times.map((at) => Date.parse(at) / 1000), ...series.map((one) => [...one.values])],
      target,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: target.clientWidth, height: HEIGHT }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, series, format]);
  return (
    <figure>
      <div ref={box} className={styles.chart} aria-hidden />
      <table className="visually-hidden">
        <caption>{label}</caption>
        <tbody>
          {times.map((at, index) => (
            <tr key={at}>
              <th scope="row">{at}</th>
              {series.map((one) => (
                <td key={one.label}>{`${one.label}: ${format(one.values[index] ?? 0)}`}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
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
