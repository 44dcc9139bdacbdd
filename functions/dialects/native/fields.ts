import * as z from 'zod';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { InstanceTarget } from '../../../lib/core/usecases/resolve-instance.ts';
import type { TargetHints } from '../dialect.ts';

/** `:name` of the path. */
export function instanceByName({ params }: TargetHints): InstanceTarget {
  return { by: 'name', name: params.name ?? '' };
}

/**
 * The instance that the API key is bound to. `instanceName` or `instanceId`, in body or query, says which one a key of
 * the whole account means; for other keys they must be right where they are given.
 */
export function instanceOfKey({ body, query }: TargetHints): InstanceTarget {
  const fields = typeof body === 'object' && body !== null ? { ...query, ...body } : query;
  const { instanceName: name, instanceId: id } = fields as Record<string, unknown>;
  return { by: 'own', ...(name != null && { name: text(name) }), ...(id != null && { id: text(id) }) };
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GatewayError('VALIDATION_ERROR', 'instanceName and instanceId are texts.');
}

export const page = z.coerce.number().int().min(1).max(100_000).default(1);
export const perPage = z.coerce.number().int().min(1).max(100).default(20);

/** A page of a list that is short enough to be read whole, and where it lies in it. */
export function pageOf<T>(all: readonly T[], query: { page: number; per_page: number }) {
  const { page, per_page } = query;
  const start = (page - 1) * per_page;
  return {
    items: all.slice(start, start + per_page),
    pagination: { page, per_page, total: all.length, total_pages: Math.ceil(all.length / per_page) },
  };
}

const DAY_MS = 86_400_000;

/** A day (`2024-01-01`, in UTC) or a moment in ISO 8601, as ms since epoch; a day ends with its last millisecond. */
export function moment(endOfDay: boolean) {
  return z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a date or a date and time in ISO 8601')
    .transform((text) => Date.parse(text) + (endOfDay && text.length === 10 ? DAY_MS - 1 : 0));
}

export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .pipe(z.email())
  .meta({ examples: ['john@company.com'] });
/** Signs in beside the e-mail address; it has no `@`, so that it is nobody's address. */
export const username = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{2,31}$/, 'must be 3 to 32 of a-z 0-9 . _ - and begin with a letter or digit')
  .meta({ examples: ['john'] });
export const newPassword = z.string().min(8).max(256);
/** Whatever was accepted once: its length is not a hint to give at log-in. */
export const presentPassword = z.string().min(1).max(1024);
export const refreshToken = z.string().min(1).max(256);
/** The name of a user. */
export const personName = z.string().trim().min(1).max(100);

/** How a list is paged: by number, or by the cursor of the page before. */
export const pageQuery = { page, per_page: perPage, cursor: z.string().min(1).max(2048).optional() };

/** What an answer says of its page. */
export function paginationOf(
  query: { page: number; per_page: number; cursor?: string | undefined },
  nextCursor: string | null,
): object {
  const position = query.cursor === undefined ? { page: query.page } : {};
  return { ...position, per_page: query.per_page, next_cursor: nextCursor, has_more: nextCursor !== null };
}

/** The body of a request that carries nothing. */
export const emptyBody = z.strictObject({});
