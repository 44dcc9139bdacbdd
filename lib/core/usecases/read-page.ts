import { GatewayError } from '../errors.ts';
import type { Page } from '../ports/index.ts';

/** Pages are reached by reading everything before them; beyond this many items a cursor must be used. */
export const MAX_PAGED_ITEMS = 5_000;

const SKIP_CHUNK = 500;
/** Reads for one page at most, when a filter leaves little of each. */
const MAX_READS = 20;

export interface PageInput {
  /** From 1. Ignored when there is a cursor. */
  page: number;
  perPage: number;
  /** Items before it, instead of a page. */
  offset?: number | undefined;
  cursor?: string | undefined;
}

/**
 * A numbered page of a list that knows cursors only, or what follows a cursor. `nextCursor` goes on where it ends. After
 * a long search for little it may be short although there is more.
 * @throws GatewayError VALIDATION_ERROR for a page too far down
 */
export async function readPage<T>(
  list: (limit: number, cursor: string | undefined) => Promise<Page<T>>,
  { page, perPage, offset, cursor }: PageInput,
): Promise<Page<T>> {
  if (cursor !== undefined) return list(perPage, cursor);
  let toSkip = offset ?? (page - 1) * perPage;
  if (toSkip + perPage > MAX_PAGED_ITEMS) {
    throw new GatewayError('VALIDATION_ERROR', `Pages end after ${MAX_PAGED_ITEMS} items. Go on with cursor.`);
  }
  const items: T[] = [];
  let next: string | undefined;
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const wanted = toSkip > 0 ? Math.min(toSkip, SKIP_CHUNK) : perPage - items.length;
    const part = await list(wanted, next);
    if (toSkip > 0) toSkip -= part.items.length;
    else items.push(...part.items);
    if (part.nextCursor === null) return { items, nextCursor: null };
    next = part.nextCursor;
    if (toSkip === 0 && items.length === perPage) break;
  }
  return { items, nextCursor: next ?? null };
}
