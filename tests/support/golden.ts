import { expect } from 'vitest';
import type { Answer } from './api-rig.ts';
import { type FaceRoute, ROUTES } from './faces.ts';

/**
 * Which test file holds the pairs of document C's rows: the longest beginning of the path counts, and
 * `gateway-management` has what no other claims.
 */
const GATEWAY_FILES: Record<string, string[]> = {
  'gateway-messages': ['/api/message/send', '/api/message/chat', '/api/groups'],
  'gateway-sending': [
    ...['link-preview', 'list', 'buttons', 'poll', 'contact'].map((what) => `/api/message/send/${what}`),
    ...['/api/message/forward', '/api/status', '/api/events', '/api/contacts'],
  ],
  'gateway-families': [
    ...['/api/message/', '/api/contacts/:instanceId/lids', '/api/contacts/:instanceId/:chatId'],
    ...['/api/status/:instanceId/delete', '/api/status/:instanceId/new-message-id', '/api/presence', '/api/labels'],
    ...['/api/media', '/api/channels', '/api/profile'],
  ],
};

/** Rows of a face, of document C's those of one test file. */
export function rowsOf(face: FaceRoute['face'], file?: string): FaceRoute[] {
  return ROUTES.filter((route) => route.face === face && (file === undefined || fileOf(route) === file));
}

function fileOf({ row }: FaceRoute): string {
  const claims = Object.entries(GATEWAY_FILES).flatMap(([file, paths]) => paths.map((path) => ({ file, path })));
  const fitting = claims.filter(({ path }) => row.path.startsWith(path));
  return fitting.sort((a, b) => b.path.length - a.path.length)[0]?.file ?? 'gateway-management';
}

/** Answers that were compared whole with what a document shows. */
export class GoldenPairs {
  readonly #rows: FaceRoute[];
  readonly #seen = new Set<string>();

  /** @param rows those that must have a pair; answers of others of the same face may be checked too */
  constructor(rows: FaceRoute[]) {
    this.#rows = rows;
  }

  /** The answer is exactly this. */
  check(answer: Answer, status: number, body: unknown): void {
    expect([answer.status, answer.body]).toEqual([status, body]);
    if (status < 400) this.#seen.add(rowOf(answer.request));
  }

  /** Rows without a good answer that was compared. */
  get missing(): string[] {
    return this.#rows.map(({ name }) => name).filter((name) => !this.#seen.has(name));
  }
}

/** Of the rows that match, the one with the fewest parameters: fixed segments win. */
function rowOf({ method, path }: Answer['request']): string {
  const [pathname] = path.split('?') as [string];
  const matching = ROUTES.filter(({ row }) => row.method === method)
    .filter(({ row }) => new RegExp(`^${row.path.replace(/:\w+/g, '[^/]+')}$`).test(pathname))
    .sort((a, b) => a.row.path.split(':').length - b.row.path.split(':').length);
  if (!matching[0]) throw new Error(`no row for ${method} ${path}`);
  return matching[0].name;
}
