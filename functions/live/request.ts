import { notFound } from '../../lib/core/errors.ts';

/** Everything that a user may see. */
export const LIVE_PATH = '/ws/dashboard';
/** Document B's: one session. */
const SESSION_PATH = /^\/api\/(?:ws\/([^/]+)|sessions\/([^/]+)\/ws)$/;

/** What a request to open a WebSocket says. */
export interface LiveRequest {
  path: string;
  ticket: string | undefined;
  /** Access token. */
  token: string | undefined;
  cursor: string | undefined;
  /** `?follow=messages` */
  followsMessages: boolean;
}

const JWT_SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** The credential is `?ticket=`, else `?token=`, the JWT among the subprotocols, or `Authorization: Bearer`. */
export function requestOf(url: string, header: (name: string) => string | undefined): LiveRequest {
  const { pathname, searchParams } = new URL(url, 'http://gateway');
  const bearer = /^Bearer +(\S+) *$/i.exec(header('authorization') ?? '')?.[1];
  const token = searchParams.get('token') ?? protocolsOf(header).find((name) => JWT_SHAPE.test(name)) ?? bearer;
  return {
    path: pathname,
    ticket: searchParams.get('ticket') ?? undefined,
    token,
    cursor: searchParams.get('cursor') ?? undefined,
    followsMessages: searchParams.get('follow') === 'messages',
  };
}

export function isSessionPath(path: string): boolean {
  return SESSION_PATH.test(path);
}

/**
 * The session that a path names, by whatever text; undefined for a path that names none.
 * @throws GatewayError RESOURCE_NOT_FOUND for a name that is written wrongly
 */
export function sessionOfPath(path: string): string | undefined {
  const [, first, second] = SESSION_PATH.exec(path) ?? [];
  try {
    return (first ?? second) && decodeURIComponent((first ?? second) as string);
  } catch {
    throw notFound('instance');
  }
}

/** The subprotocol to answer with: a name rather than the token, where one was offered beside it. */
export function subprotocolOf(offered: readonly string[]): string | undefined {
  return offered.find((name) => !JWT_SHAPE.test(name)) ?? offered[0];
}

/**
 * Browsers always say where they come from, programs never do. A page of the gateway itself may come in.
 * @param host the request's own `Host`; undefined where pages are never served from the host of the WebSockets
 */
export function isOriginAllowed(origin: string | undefined, allowed: readonly string[], host?: string): boolean {
  return origin === undefined || allowed.includes(origin) || (host !== undefined && hostOf(origin) === host);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** `{"type":"ping"}`, for clients and front ends that cannot send a ping of the protocol. */
export function isPing(text: string): boolean {
  return typeOf(text) === 'ping';
}

/** The `type` (or `action`) of a client's JSON message. */
export function typeOf(text: string): string | undefined {
  try {
    const { type, action } = (JSON.parse(text) ?? {}) as { type?: unknown; action?: unknown };
    const said = type ?? action;
    return typeof said === 'string' ? said : undefined;
  } catch {
    return undefined;
  }
}

export function protocolsOf(header: (name: string) => string | undefined): string[] {
  return (header('sec-websocket-protocol') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
