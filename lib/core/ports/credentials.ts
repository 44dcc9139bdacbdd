export interface PasswordHasher {
  /** PHC string of the password under a fresh salt. */
  hash(password: string): Promise<string>;
  /**
   * Compares in constant time. Without a stored hash (no such user) it works as long as with one and answers false, so
   * that an unknown e-mail cannot be told from a wrong password.
   */
  verify(password: string, storedHash: string | undefined): Promise<boolean>;
}

/** What an access token says. Everything else about the user is read from the row. */
export interface AccessClaims {
  userId: string;
  tenantId: string;
  /** ms since epoch. */
  issuedAtMs: number;
}

export interface AccessTokens {
  /** Returns the signed token and its end in ms since epoch. */
  issue(claims: AccessClaims): Promise<{ token: string; expiresAtMs: number }>;
  /** undefined for anything that is not a token of ours that is valid at `nowMs`; never says why. */
  verify(token: string, nowMs: number): Promise<AccessClaims | undefined>;
}

/** Protects the answers that are kept for repeats of a request: some of them carry a secret that is shown once. */
export interface AnswerSeal {
  /** Encrypts and authenticates. `context` is bound to the text. */
  seal(text: string, context: string): string;
  /** undefined when it was sealed under another key or context, or was changed. */
  open(sealed: string, context: string): string | undefined;
  /** Keyed hash of a request: a stored one does not help to guess a password inside. */
  fingerprint(text: string): string;
}
