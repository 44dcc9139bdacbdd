import { z } from 'zod';
import type { InstanceTarget } from '../../../lib/core/usecases/resolve-instance.ts';
import type { TargetHints } from '../dialect.ts';

/** `:name` of the path. */
export function instanceByName({ params }: TargetHints): InstanceTarget {
  return { by: 'name', name: params.name ?? '' };
}

/** The instance that the API key is bound to. */
export function instanceOfKey(): InstanceTarget {
  return { by: 'own' };
}

export const page = z.coerce.number().int().min(1).max(100_000).default(1);
export const perPage = z.coerce.number().int().min(1).max(100).default(20);

/** The body of a request that carries nothing. */
export const emptyBody = z.strictObject({});
