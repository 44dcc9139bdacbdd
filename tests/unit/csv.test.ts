import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvOf } from '../../lib/core/model/csv.ts';

it('quotes what must be, and leaves numbers and nothing as they are', () => {
  const rows = [
    { a: 'plain', b: 'with, comma', c: 5 },
    { a: 'say "hello"', b: 'two\nlines', c: null },
  ];
  expect(csvOf(['a', 'b', 'c'], rows)).toBe('a,b,c\r\nplain,"with, comma",5\r\n"say ""hello""","two\nlines",\r\n');
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('makes no formula of %j', (value) => {
  const [, line = ''] = csvOf(['a'], [{ a: value }]).split('\r\n');
  expect(line.replace(/^"/, '').startsWith("'")).toBe(true);
});

it('gives back every text and number, and begins none as a formula', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('=1+1', '+49', '-1', '@x', '\tx', 'a,"b"\r\nc'));
  fc.assert(
    fc.property(fc.tuple(text, text), fc.integer(), ([a, b], number) => {
      const [, row] = parse(csvOf(['a', 'b', 'number'], [{ a, b, number }])) as string[][];
      const wanted = [a, b].map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell));
      expect(row).toEqual([...wanted, String(number)]);
      expect(row?.slice(0, -1).some((cell) => /^[=+\-@\t\r]/.test(cell))).toBe(false);
    }),
  );
});
