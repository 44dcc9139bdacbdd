import styles from './chart.module.css';

const WIDTH = 100;
const HEIGHT = 40;
const PAD = 3;

/** The course of a number, small. `label` says it in words. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const highest = Math.max(1, ...values);
  const step = values.length > 1 ? WIDTH / (values.length - 1) : WIDTH;
  const points = values.map((value, index) => {
    const y = HEIGHT - PAD - (value / highest) * (HEIGHT - 2 * PAD);
    return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      className={styles.spark}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polygon className={styles.area} points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
      <polyline className={styles.line} points={points.join(' ')} />
    </svg>
  );
}
