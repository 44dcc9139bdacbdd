import { expect, it } from 'vitest';
import { csvOf } from '../../functions/dialects/csv.ts';

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
