import fc from 'fast-check';
import type * as z from 'zod';
import type { Route } from '../../functions/dialects/dialect.ts';
import { arbitraryOf } from './arbitrary.ts';

/** Of each route or operation. `FUZZ_RUNS=200` digs deeper, another `FUZZ_SEED` elsewhere; the default never changes. */
export const FUZZ_RUNS = Number(process.env.FUZZ_RUNS ?? 4);
export const FUZZ_SEED = Number(process.env.FUZZ_SEED ?? 20_260_501);

export interface FuzzRequest {
  path: string;
  body: unknown;
}

/**
 * Requests of a route as they stand: strange parameters are written into the path, strange bodies sent as they are.
 * `known` as of `arbitraryOf`; parameters of `fixed` are always that.
 */
export function requestOf(
  row: Route,
  known: Record<string, readonly unknown[]>,
  fixed: Record<string, string>,
): fc.Arbitrary<FuzzRequest> {
  const of = (schema: z.ZodType | undefined) =>
    schema ? (arbitraryOf(schema, known) as fc.Arbitrary<Record<string, unknown> | null>) : fc.constant({});
  const parts = fc.record({
    params: of(row.params),
    query: of(row.query),
    body: row.body ? of(row.body) : fc.constant(undefined),
  });
  return parts.map(({ params, query, body }) => {
    const path = row.path.replace(/:(\w+)/g, (_all, field: string) => {
      if (fixed[field] !== undefined) return fixed[field];
      const given = (params as Record<string, unknown> | null)?.[field];
      const value = given ?? known[field]?.[0] ?? 'none';
      return encodeURIComponent(texted(value)) || '-';
    });
    const fields = Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, texted(value)]);
    const search = new URLSearchParams(fields);
    return {
      path: `${path}${search.size > 0 ? `?${search}` : ''}`,
      body: row.method === 'GET' ? undefined : body,
    };
  });
}

function texted(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed().slice(0, 500);
}

/** Tries some of the values. Returns what went wrong with the smallest that did, or undefined. */
export async function failureOf<T>(arbitrary: fc.Arbitrary<T>, work: (value: T) => Promise<void>): Promise<unknown> {
  const { failed, counterexample, errorInstance } = await fc.check(fc.asyncProperty(arbitrary, work), {
    ...{ seed: FUZZ_SEED, numRuns: FUZZ_RUNS, endOnFailure: true },
  });
  if (!failed) return undefined;
  return { why: (errorInstance as Error).message, of: JSON.stringify(counterexample).slice(0, 2_000) };
}
