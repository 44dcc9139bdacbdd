/**
 * The secrets after a rotation. The first signs, all verify; one is made known a whole rotation before it signs, and
 * verifies a whole one after: Lambdas that have not heard of the rotation yet understand those that have.
 *
 *   a ──► a b ──► b c a ──► c d b ──► …
 */
export function rotate(secrets: readonly string[], fresh: string): string[] {
  const [signing, next] = secrets as [string, string?];
  return next === undefined ? [signing, fresh] : [next, fresh, signing];
}
