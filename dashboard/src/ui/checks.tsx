import type { InputHTMLAttributes, ReactNode, Ref } from 'react';
import styles from './checks.module.css';

export interface CheckGroup {
  label: ReactNode;
  values: readonly string[];
}

interface ChecksProps extends InputHTMLAttributes<HTMLInputElement> {
  legend: ReactNode;
  groups: readonly CheckGroup[];
  /** What is wrong with the choice. */
  error?: string | undefined;
  ref?: Ref<HTMLInputElement>;
}

/** Any of many names of the API, in groups. All boxes are one field of the form: an array. */
export function Checks({ legend, groups, error, ...rest }: ChecksProps) {
  return (
    <fieldset className={styles.checks}>
      <legend>{legend}</legend>
      {groups.map(({ label, values }) => (
        <div className={styles.group} key={values[0]}>
          <span>{label}</span>
          <div>
            {values.map((value) => (
              <label key={value}>
                <input {...rest} type="checkbox" value={value} />
                <code>{value}</code>
              </label>
            ))}
          </div>
        </div>
      ))}
      {error && (
        <span className={styles.error} role="alert">
          {error}
        </span>
      )}
    </fieldset>
  );
}
