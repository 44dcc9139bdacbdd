/** Why an incoming message could not be decrypted. */
export type DecryptFailure = 'bad_mac' | 'counter' | 'no_session' | 'other';

/** What happens in a runner, as it is counted. Every call is synchronous, cheap and never throws. */
export interface RunnerMetrics {
  /** A command was claimed, so long after its acceptance. */
  claimed(waitedMs: number): void;
  /** WhatsApp's server acknowledged a message, so long after its acceptance. */
  acked(sinceAcceptMs: number): void;
  /** A group commit of a session succeeded. */
  committed(tookMs: number): void;
  /** A write was refused since another owner has the session. */
  fenceRefused(): void;
  decryptFailed(kind: DecryptFailure): void;
  /** A device asked for a message again because it could not decrypt it. */
  retryAsked(): void;
  /** A session begins to connect, again or for the first time; call what is returned when it is over. */
  connecting(again: boolean): () => void;
}

const nothing = () => undefined;

/** Counts nothing: for tests and tools. */
export const NO_METRICS: RunnerMetrics = {
  claimed: nothing,
  acked: nothing,
  committed: nothing,
  fenceRefused: nothing,
  decryptFailed: nothing,
  retryAsked: nothing,
  connecting: () => nothing,
};

/** By the names and texts of libsignal and of Baileys' group cipher; the cause says why no session fitted. */
export function decryptFailureOf(error: unknown): DecryptFailure {
  if (!(error instanceof Error)) return 'other';
  if (error.cause instanceof Error) return decryptFailureOf(error.cause);
  const text = `${error.name} ${error.message}`;
  if (/bad mac/i.test(text)) return 'bad_mac';
  if (/counter|no sender message key|chain closed/i.test(text)) return 'counter';
  if (/\bno (matching )?sessions?\b|no SenderKeyRecord|PreKeyError/i.test(text)) return 'no_session';
  return 'other';
}
