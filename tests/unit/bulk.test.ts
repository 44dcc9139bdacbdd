import { describe, expect, it } from 'vitest';
import { instanceFor, paceOut } from '../../lib/core/model/bulk.ts';
import { bulkCommandId } from '../../lib/core/model/ids.ts';
import { fillIn, variablesOf } from '../../lib/core/model/template.ts';
import { readCsv, readList } from '../../lib/core/usecases/read-recipients.ts';

const NOW_MS = 1_700_000_000_000;
const pace = (minDelayMs: number, maxDelayMs: number, nextAtMs = NOW_MS, room = 30) =>
  paceOut({ minDelayMs, maxDelayMs }, { nextAtMs, nowMs: NOW_MS, room, random: () => 0.5 });

describe('pacing', () => {
  it('lets as many go as there is room for, when there is none', () => {
    expect(pace(0, 0).count).toBe(30);
  });

  it('lets one go, and says when the next may', () => {
    expect(pace(60_000, 60_000)).toEqual({ count: 1, nextAtMs: NOW_MS + 60_000 });
    expect(pace(2_000, 4_000)).toEqual({ count: 1, nextAtMs: NOW_MS + 3_000 });
  });

  it('lets nothing go before its time', () => {
    expect(pace(1_000, 1_000, NOW_MS + 1)).toEqual({ count: 0, nextAtMs: NOW_MS + 1 });
  });

  it('makes up for a look that came late, and not for a long pause', () => {
    expect(pace(200, 200, NOW_MS - 1_000).count).toBe(6);
    expect(pace(200, 200, NOW_MS - 3_600_000).count).toBe(6);
  });
});

describe('the instance of a recipient', () => {
  const [a, b, c] = [{ id: 'inst_a' }, { id: 'inst_b' }, { id: 'inst_c' }];
  const people = Array.from({ length: 300 }, (_, i) => `62812345${String(i).padStart(5, '0')}@s.whatsapp.net`);

  it('is the same whatever the order of the instances', () => {
    for (const to of people) expect(instanceFor(to, [a, b, c])).toBe(instanceFor(to, [c, a, b]));
  });

  it('stays when another instance goes', () => {
    const ofA = people.filter((to) => instanceFor(to, [a, b, c]) === a);
    expect(ofA.length).toBeGreaterThan(60);
    for (const to of ofA) expect(instanceFor(to, [a, b])).toBe(a);
  });
});

it('the command of a recipient is always the same, sorts by the beginning and the place, and differs by bulk', () => {
  const id = (bulk: string, startAtMs: number, index: number) => bulkCommandId(bulk, startAtMs, index);
  expect(id('bulk_1', NOW_MS, 7)).toBe(id('bulk_1', NOW_MS, 7));
  expect(id('bulk_1', NOW_MS, 7)).toMatch(/^cmd_[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(id('bulk_1', NOW_MS, 7) < id('bulk_1', NOW_MS, 8)).toBe(true);
  expect(id('bulk_1', NOW_MS, 999) < id('bulk_1', NOW_MS + 1, 0)).toBe(true);
  expect(id('bulk_1', NOW_MS, 7)).not.toBe(id('bulk_2', NOW_MS, 7));
});

describe('variables', () => {
  it('are filled in wherever there is a text, once', () => {
    const message = { text: 'Hi {{name}} {{ name }}', rows: [{ title: '{{order}}' }], n: 5 };
    expect(variablesOf(message)).toEqual(['name', 'order']);
    const { filled, missing } = fillIn(message, { name: '{{order}}', order: '$& 4711' });
    expect(filled).toEqual({ text: 'Hi {{order}} {{order}}', rows: [{ title: '$& 4711' }], n: 5 });
    expect(missing).toEqual([]);
  });

  it('that are missing are named, those of a prototype too', () => {
    expect(fillIn('{{name}} {{constructor}} {{name}}', {}).missing).toEqual(['name', 'constructor']);
  });
});

describe('a CSV of recipients', () => {
  const lines = (text: string) => readCsv(text, {});

  it('takes its separator from the names of the columns, and forgives a byte order mark and empty lines', async () => {
    for (const separator of [',', ';', '\t']) {
      const text = `\u{feff}Phone${separator}name\r\n\r\n+62 812-3456-7890${separator}"Ann, Bob"\r\n`;
      const { recipients, faults, total } = await lines(text);
      expect([faults, total]).toEqual([[], 1]);
      expect(recipients).toEqual([
        { line: 3, to: '6281234567890@s.whatsapp.net', variables: { Phone: '+62 812-3456-7890', name: 'Ann, Bob' } },
      ]);
    }
  });

  it('says what is wrong in which line', async () => {
    const { recipients, faults, total } = await lines(
      'to,name\n6281234567890,Ann\n12,Bob\n6281234567891\n+6281234567890,Cid\n6281234567892,Dan\n',
    );
    expect([recipients.length, total]).toEqual([2, 5]);
    expect(faults).toEqual([
      { line: 4, path: 'csv', message: 'has 1 columns instead of 2' },
      { line: 3, path: 'to', message: 'cannot be a phone number or WhatsApp address' },
      { line: 5, path: 'to', message: 'is the recipient of line 2 again' },
    ]);
  });

  it.each([
    ['no column of numbers', 'name,city\nAnn,Rome\n', 'to, phone or number'],
    ['a strange column', 'to,full name\n6281234567890,Ann\n', '"full name"'],
    ['a column twice', 'to,name,name\n6281234567890,Ann,Bob\n', '"name"'],
    ['no line', 'to,name\n', 'no recipients'],
    ['an open quotation mark', 'to,name\n6281234567890,"Ann\n', 'quotation mark'],
    ['too many lines', `to\n${'6281234567890\n'.repeat(1_001)}`, '1001 recipients'],
    ['another encoding', `data:text/csv;base64,${Buffer.from('to\n\xff', 'latin1').toString('base64')}`, 'UTF-8'],
  ])('is refused for %s', async (_what, text, words) => {
    await expect(lines(text)).rejects.toThrow(words);
  });
});

it('variables of everybody give way to those of a recipient', () => {
  const { recipients } = readList(['6281234567890', { to: '6281234567891', variables: { shop: 'Two', n: 2 } }], {
    shop: 'One',
  });
  expect(recipients.map(({ variables }) => variables)).toEqual([{ shop: 'One' }, { shop: 'Two', n: '2' }]);
});
