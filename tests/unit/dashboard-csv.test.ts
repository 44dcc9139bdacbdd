import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvOf } from '../../dashboard/src/features/statistics/csv.ts';

it('gives back every text and number, and begins none as a formula', () => {
  const texts = fc.array(fc.oneof(fc.string(), fc.constantFrom('=1+1', '+49', '-1', '@x', '\tx', 'a,"b"\r\nc')));
  fc.assert(
    fc.property(texts, fc.integer(), (cells, number) => {
      const [row] = parse(csvOf([[...cells, number]]), { relax_column_count: true }) as string[][];
      const wanted = cells.map((text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text));
      expect(row).toEqual([...wanted, String(number)]);
      expect(row?.slice(0, -1).some((cell) => /^[=+\-@\t\r]/.test(cell))).toBe(false);
    }),
  );
});
