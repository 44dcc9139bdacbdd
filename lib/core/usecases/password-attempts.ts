import { GatewayError } from '../errors.ts';
import type { Origin } from '../model/audit.ts';
import type { Ports } from '../ports/index.ts';

/** Attempts before the first wait. An address that has logged in to the account before is given more. */
const FREE = { fromAddress: 5, fromTrustedAddress: 10, ofAccount: 20, signedIn: 5 };
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 900_000;

/**
 * Counts an attempt to give the password of an account, known or not, before it is judged. Attempts from one address
 * and all attempts on one account are counted; each one beyond the free ones doubles the wait, from 1 s to 15 min. The
 * account's own wait does not hold up an address that has logged in to it before, so that strangers cannot lock its
 * owner out.
 * @throws GatewayError RATE_LIMIT_EXCEEDED with the time to wait
 */
export async function admitAttempt(ports: Pick<Ports, 'throttle'>, email: string, origin: Origin): Promise<void> {
  const fromHere = await ports.throttle.attempt(addressKey(email, origin), (attempts, trusted) =>
    backOffMs(attempts, trusted ? FREE.fromTrustedAddress : FREE.fromAddress),
  );
  if (!fromHere.allowed) throw tooMany(fromHere.retryAfterMs);
  if (fromHere.trusted) return;
  const ofAccount = await ports.throttle.attempt(accountKey(email), (attempts) => backOffMs(attempts, FREE.ofAccount));
  if (!ofAccount.allowed) throw tooMany(ofAccount.retryAfterMs);
}

/** The password was right: the counts begin again, and the address is known from now on. */
export async function forgetAttempts(ports: Pick<Ports, 'throttle'>, email: string, origin: Origin): Promise<void> {
  await Promise.all([
    ports.throttle.succeed(addressKey(email, origin), true),
    ports.throttle.succeed(accountKey(email), false),
  ]);
}

/**
 * Counts an attempt of a signed-in user to give their password again, wherever it comes from: whoever has stolen a
 * token must not find the password by it. @throws GatewayError RATE_LIMIT_EXCEEDED with the time to wait
 */
export async function admitSignedIn(ports: Pick<Ports, 'throttle'>, userId: string): Promise<void> {
  const admitted = await ports.throttle.attempt(userKey(userId), (attempts) => backOffMs(attempts, FREE.signedIn));
  if (!admitted.allowed) throw tooMany(admitted.retryAfterMs);
}

/** The password was right. */
export async function forgetSignedIn(ports: Pick<Ports, 'throttle'>, userId: string): Promise<void> {
  await ports.throttle.succeed(userKey(userId), false);
}

/** The wait after that many attempts, in ms. */
export function backOffMs(attempts: number, free: number): number {
  return attempts <= free ? 0 : Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - free - 1, 30), LONGEST_WAIT_MS);
}

function addressKey(email: string, origin: Origin): string {
  return `password|${email}|${origin.address ?? 'unknown'}`;
}

function accountKey(email: string): string {
  return `password|${email}`;
}

function userKey(userId: string): string {
  return `password-again|${userId}`;
}

function tooMany(retryAfterMs: number): GatewayError {
  const retryAfterSeconds = Math.ceil(retryAfterMs / 1000);
  return new GatewayError('RATE_LIMIT_EXCEEDED', `Too many attempts. Try again in ${retryAfterSeconds} s.`, {
    retryAfterSeconds,
  });
}
