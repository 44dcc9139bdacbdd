import { expect } from 'vitest';
import type { Answer } from './api-rig.ts';
import { type FaceRoute, ROUTES } from './faces.ts';

/** Answers of one face that were compared whole with what its document shows. */
export class GoldenPairs {
  readonly #rows: FaceRoute[];
  readonly #seen = new Set<string>();

  constructor(face: FaceRoute['face']) {
    this.#rows = ROUTES.filter((route) => route.face === face);
  }

  /** The answer is exactly this. */
  check(answer: Answer, status: number, body: unknown): void {
    expect([answer.status, answer.body]).toEqual([status, body]);
    if (status < 400) this.#seen.add(this.#rowOf(answer.request));
  }

  /** Rows without a good answer that was compared. */
  get missing(): string[] {
    return this.#rows.map(({ name }) => name).filter((name) => !this.#seen.has(name));
  }

  /** Of the rows that match, the one with the fewest parameters: fixed segments win. */
  #rowOf({ method, path }: Answer['request']): string {
    const [pathname] = path.split('?') as [string];
    const matching = this.#rows
      .filter(({ row }) => row.method === method)
      .filter(({ row }) => new RegExp(`^${row.path.replace(/:\w+/g, '[^/]+')}$`).test(pathname))
      .sort((a, b) => a.row.path.split(':').length - b.row.path.split(':').length);
    if (!matching[0]) throw new Error(`no row for ${method} ${path}`);
    return matching[0].name;
  }
}
