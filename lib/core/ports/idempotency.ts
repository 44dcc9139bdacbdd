/** Answers of writes that are not commands, kept 24 h under tenant and Idempotency-Key. */
export interface IdempotencyStore {
  /**
   * Claims the key. Conditional on there being none. The claim of a request that died is free again after
   * `lockSeconds`.
   */
  begin(
    tenantId: string,
    key: string,
    fingerprint: string,
    lockSeconds: number,
  ): Promise<
    { state: 'begun' } | { state: 'running' } | { state: 'mismatch' } | { state: 'done'; status: number; body: string }
  >;
  complete(tenantId: string, key: string, status: number, body: string): Promise<void>;
  /** Frees the key after a failure that stored nothing. */
  abandon(tenantId: string, key: string): Promise<void>;
}
