import { useSyncExternalStore } from 'react';
import { ApiError, api, setCredentials } from './client.ts';
import type { SignedIn, Tokens, User } from './types.ts';

/**
 * Who is signed in. The access token lives in this module's memory; the refresh token in a cookie that no script can
 * read. So a reload stays signed in, and nothing can be taken from a storage.
 */
export type Session =
  | { status: 'starting' }
  | { status: 'signedOut'; reason?: 'ended' }
  | { status: 'signedIn'; user: User };

interface BrowserSession {
  token: string;
  tokenExpiresAt: string;
  sessionExpiresAt: string;
  user: User;
}

const PATH = '/api/auth/session';
/** Says that there may be a cookie: no secret, it only saves a question whose answer would be no. */
const HINT = 'switchboard.session';
/** A token that ends sooner is renewed before it is used. */
const SPARE_MS = 30_000;

let session: Session = { status: 'starting' };
let access: { token: string; expiresAtMs: number } | undefined;
let renewing: Promise<string | undefined> | undefined;
const listeners = new Set<() => void>();
const tabs = new BroadcastChannel('switchboard.session');

tabs.onmessage = ({ data }) => {
  if (data === 'signedOut') forget();
  if (data === 'signedIn' && session.status === 'signedOut') void startSession();
};

setCredentials({ token: presentToken, renew: () => renew() });

/** False: nobody is signed in, and nothing need be asked. */
export function mayBeSignedIn(): boolean {
  return localStorage.getItem(HINT) !== null;
}

/** Picks up the session of the cookie, if there is one. Never rejects. */
export async function startSession(): Promise<void> {
  if (!mayBeSignedIn()) return set({ status: 'signedOut' });
  await renew().catch(() => set({ status: 'signedOut' }));
}

export async function signIn(input: { email: string; password: string }): Promise<void> {
  await adopt(await api<SignedIn>('POST', '/api/auth/login', { body: input, as: null }));
}

export async function register(input: { email: string; password: string; name: string }): Promise<void> {
  await adopt(await api<SignedIn>('POST', '/api/auth/register', { body: input, as: null }));
}

/** Every other session of the user ends; this one goes on with new tokens. */
export async function changePassword(input: { currentPassword: string; newPassword: string }): Promise<void> {
  await adopt(await api<Tokens>('POST', '/api/auth/change-password', { body: input }));
}

export async function signOut({ everywhere = false } = {}): Promise<void> {
  if (everywhere) await api('POST', '/api/auth/logout');
  await api('DELETE', PATH, { as: null }).catch(() => undefined);
  forget();
  tabs.postMessage('signedOut');
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}

/** The signed-in user. Only for pages inside the frame: there always is one. */
export function useUser(): User {
  const current = useSession();
  if (current.status !== 'signedIn') throw new Error('nobody is signed in');
  return current.user;
}

/** After a change of the profile. */
export function setUser(user: User): void {
  if (session.status === 'signedIn') set({ status: 'signedIn', user });
}

/** Puts the refresh token of a sign-in into the cookie, by trading it. */
async function adopt({ refreshToken }: Pick<Tokens, 'refreshToken'>): Promise<void> {
  const body = { refreshToken };
  keep(await inTurn(() => api<BrowserSession>('POST', PATH, { body, as: null })));
  tabs.postMessage('signedIn');
}

async function presentToken(): Promise<string | undefined> {
  if (!access) return undefined;
  return access.expiresAtMs - Date.now() > SPARE_MS ? access.token : renew();
}

/** A refresh token works once, so this page asks once at a time, and the tabs of a browser take turns. */
function renew(): Promise<string | undefined> {
  renewing ??= inTurn(() => api<BrowserSession>('POST', PATH, { as: null }))
    .then(keep)
    .catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      forget('ended');
      return undefined;
    })
    .finally(() => {
      renewing = undefined;
    });
  return renewing;
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? navigator.locks.request('switchboard.session', work) : work();
}

function keep({ token, tokenExpiresAt, user }: BrowserSession): string {
  access = { token, expiresAtMs: Date.parse(tokenExpiresAt) };
  localStorage.setItem(HINT, '1');
  set({ status: 'signedIn', user });
  return token;
}

function forget(reason?: 'ended'): void {
  access = undefined;
  localStorage.removeItem(HINT);
  set({ status: 'signedOut', ...(reason && { reason }) });
}

function set(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
