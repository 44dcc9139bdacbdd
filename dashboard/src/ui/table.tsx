import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';
import styles from './table.module.css';

export interface Column<T> {
  id: string;
  header: ReactNode;
  cell: (row: T) => ReactNode;
  /** Of a grid: `160px`, `minmax(120px, 2fr)`; by default it shares what is left. */
  width?: string;
  isNumber?: boolean;
}

interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** The end is in sight: more may be fetched. */
  onEnd?: () => void;
}

const ROW_PX = 46;

/** A table of any length: only the rows in sight are in the page. */
export function Table<T>({ label, columns, rows, keyOf, onEnd }: TableProps<T>) {
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    getItemKey: (index) => keyOf(rows[index] as T),
    onChange: ({ range }) => {
      if (onEnd && range && range.endIndex >= rows.length - 1) onEnd();
    },
  });
  const gridTemplateColumns = columns.map(({ width = 'minmax(110px, 1fr)' }) => width).join(' ');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section ref={scroller} className={styles.scroller} tabIndex={0} aria-label={label}>
      {/* biome-ignore-start lint/a11y/useSemanticElements: rows that are placed one by one need a grid, and lose their roles in it */}
      {/* biome-ignore-start lint/a11y/useFocusableInteractive: a table is no widget */}
      <div className={styles.table} role="table" aria-label={label} aria-rowcount={rows.length + 1}>
        <div role="rowgroup" className={styles.head}>
          <div role="row" aria-rowindex={1} className={styles.row} style={{ gridTemplateColumns }}>
            {columns.map(({ id, header, isNumber }) => (
              <div key={id} role="columnheader" className={`${styles.cell} ${isNumber ? styles.number : ''}`}>
                {header}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ key, index, start }) => (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              role="row"
              aria-rowindex={index + 2}
              className={styles.row}
              style={{ gridTemplateColumns, transform: `translateY(${start}px)` }}
            >
              {columns.map(({ id, cell, isNumber }) => (
                <div key={id} role="cell" className={`${styles.cell} ${isNumber ? styles.number : ''}`}>
                  {cell(rows[index] as T)}
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
      {/* biome-ignore-end lint/a11y/useFocusableInteractive: a table is no widget */}
      {/* biome-ignore-end lint/a11y/useSemanticElements: rows that are placed one by one need a grid, and lose their roles in it */}
    </section>
  );
}
