import { describe, expect, it } from 'vitest';
import { createSeal } from '../../lib/core/adapters/crypto/index.ts';
import { readMediaText, safeFileName, sentMediaType } from '../../lib/core/model/media.ts';
import type { Page } from '../../lib/core/ports/index.ts';
import { downloadLink, readDownloadLink, readUploadLink, uploadLink } from '../../lib/core/usecases/media-links.ts';
import { readPage } from '../../lib/core/usecases/read-page.ts';

describe('readMediaText', () => {
  it('tells URLs, data URLs and base64 apart', () => {
    expect(readMediaText('image', ' https://example.com/a.png ')).toEqual({ url: 'https://example.com/a.png' });
    expect(readMediaText('image', 'HTTP://example.com')).toEqual({ url: 'HTTP://example.com' });
    const hello = { bytes: Buffer.from('hello?>'), declared: undefined };
    for (const text of ['aGVsbG8/Pg==', 'aGVsbG8/Pg', 'aGVsbG8_Pg', 'aGVs\nbG8/ Pg==']) {
      expect(readMediaText('image', text)).toEqual(hello);
    }
    expect(readMediaText('document', 'data:text/csv;charset=utf-8;base64,aGVsbG8/Pg==')).toEqual({
      ...hello,
      declared: 'text/csv;charset=utf-8',
    });
    expect(readMediaText('document', 'data:;base64,aGVsbG8/Pg==')).toEqual(hello);
  });

  it.each(['', ' ', 'a', 'abcde', 'ab=c', 'aGVs*', 'data:image/png,abc', 'data:image/png;base64,', 'ftp://x/y'])(
    'refuses %o',
    (text) => {
      expect(() => readMediaText('image', text)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
    },
  );

  it('judges 6 MB at once', () => {
    const text = 'A'.repeat(6_000_000);
    expect(readMediaText('image', text)).toMatchObject({ bytes: { length: 4_500_000 } });
    expect(() => readMediaText('image', `${text}!`)).toThrow();
  });
});

describe('sentMediaType', () => {
  it.each([
    ['image', 'image/png', 'image/gif', 'image/png'],
    ['audio', 'audio/x-m4a', undefined, 'audio/mp4'],
    ['audio', 'video/mp4', undefined, 'audio/mp4'],
    ['video', 'video/x-m4v', undefined, 'video/mp4'],
    ['document', 'application/pdf', undefined, 'application/pdf'],
    ['document', 'application/zip', 'application/epub+zip', 'application/epub+zip'],
    ['document', undefined, undefined, 'application/octet-stream'],
  ] as const)('%s of %s, said to be %s, goes as %s', (kind, sniffed, declared, type) => {
    expect(sentMediaType(kind, sniffed, declared)).toBe(type);
  });

  it.each([
    ['image', 'image/gif'],
    ['image', undefined],
    ['image', 'constructor'],
    ['video', 'image/png'],
    ['audio', 'application/pdf'],
  ] as const)('refuses %s of %s, whatever it is said to be', (kind, sniffed) => {
    expect(() => sentMediaType(kind, sniffed, `${kind}/mp4`)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR', message: expect.stringContaining(kind) }),
    );
  });
});

describe('links of files', () => {
  const DAY_MS = 86_400_000;
  const seal = createSeal({ sealSecrets: [], jwtSecrets: ['a-secret-of-thirty-two-characters'] });
  let nowMs = Date.UTC(2026, 0, 1);
  const ports = { seal, clock: () => nowMs, policy: { publicUrl: 'https://api.example' } };
  const grant = { tenantId: 'sub_1', instanceId: 'inst_1', messageId: '3EB0', mediaId: 'med_1' };
  const upload = { instanceId: 'inst_1', mediaId: 'med_1', size: 5, mimetype: 'text/csv', fileName: 'a.csv' };
  const tokenOf = (link: string) => link.split('/').at(-1) as string;
  const expired = expect.objectContaining({ code: 'RESOURCE_NOT_FOUND' });

  it('serve for seven days, take for an hour, and nothing after that', () => {
    const [down, up] = [tokenOf(downloadLink(ports, grant)), tokenOf(uploadLink(ports, upload))];
    expect(readDownloadLink(ports, down)).toEqual(grant);
    nowMs += 3_599_999;
    expect(readUploadLink(ports, up)).toEqual(upload);
    nowMs += 1;
    expect(() => readUploadLink(ports, up)).toThrow(expired);
    nowMs += 7 * DAY_MS - 3_600_001;
    expect(readDownloadLink(ports, down)).toEqual(grant);
    nowMs += 1;
    expect(() => readDownloadLink(ports, down)).toThrow(expired);
  });

  it('open nothing but what they are for', () => {
    const [down, up] = [tokenOf(downloadLink(ports, grant)), tokenOf(uploadLink(ports, upload))];
    expect(() => readUploadLink(ports, down)).toThrow(expired);
    expect(() => readDownloadLink(ports, up)).toThrow(expired);
    expect(() => readDownloadLink(ports, `${down.slice(0, -4)}AAAA`)).toThrow(expired);
  });
});

it('safeFileName leaves no path, control or direction characters', () => {
  expect(safeFileName('../../etc/passwd')).toBe('passwd');
  expect(safeFileName('C:\\temp\\a b.txt')).toBe('a b.txt');
  expect(safeFileName('in\u202evoice\r\nfdp.exe')).toBe('invoicefdp.exe');
  expect(safeFileName('ünï 👩‍👧.pdf')).toBe('ünï 👩‍👧.pdf');
  for (const name of [undefined, '', '..', '.', 'a/', '\u0000']) expect(safeFileName(name)).toBeUndefined();
  expect(safeFileName('x'.repeat(400))).toHaveLength(240);
});

describe('readPage', () => {
  /** A list of 0…99 that shows only `visible` ones, reading `perRead` of the whole a time, as a filter does. */
  function list(visible: (n: number) => boolean, perRead: number, reads: number[] = []) {
    return async (limit: number, cursor: string | undefined): Promise<Page<number>> => {
      reads.push(limit);
      const start = cursor === undefined ? 0 : Number(cursor);
      const items: number[] = [];
      let at = start;
      for (; at < 100 && at < start + perRead && items.length < limit; at += 1) if (visible(at)) items.push(at);
      return { items, nextCursor: at < 100 ? String(at) : null };
    };
  }

  it('fills a page from as many short reads as it takes, and pages by number and cursor are the same', async () => {
    const third = list((n) => n % 3 === 0, 7);
    const first = await readPage(third, { page: 1, perPage: 5 });
    expect(first.items).toEqual([0, 3, 6, 9, 12]);
    const second = await readPage(third, { page: 2, perPage: 5 });
    expect(second.items).toEqual([15, 18, 21, 24, 27]);
    const byCursor: number[] = [];
    let cursor = first.nextCursor;
    while (byCursor.length < 5 && cursor !== null) {
      const part: Page<number> = await readPage(third, { page: 1, perPage: 5 - byCursor.length, cursor });
      byCursor.push(...part.items);
      cursor = part.nextCursor;
    }
    expect(byCursor).toEqual(second.items);
    expect(await readPage(third, { page: 7, perPage: 5 })).toEqual({ items: [90, 93, 96, 99], nextCursor: null });
    expect(await readPage(third, { page: 8, perPage: 5 })).toEqual({ items: [], nextCursor: null });
  });

  it('reads once for a cursor and once for a first page that is full', async () => {
    const reads: number[] = [];
    await readPage(
      list(() => true, 100, reads),
      { page: 1, perPage: 5 },
    );
    await readPage(
      list(() => false, 10, reads),
      { page: 9, perPage: 5, cursor: '10' },
    );
    expect(reads).toEqual([5, 5]);
  });

  it('gives up a hopeless search, and says where to go on', async () => {
    const { items, nextCursor } = await readPage(
      list(() => false, 2),
      { page: 1, perPage: 5 },
    );
    expect([items, nextCursor]).toEqual([[], '40']);
    await expect(
      readPage(
        list(() => true, 100),
        { page: 51, perPage: 100 },
      ),
    ).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    });
  });
});
