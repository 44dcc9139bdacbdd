import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { GatewayError, notFound } from '../../lib/core/errors.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import type { EventSubscriber, Logger, Ports, RecordedEvent } from '../../lib/core/ports/index.ts';
import { currentQr } from '../../lib/core/usecases/get-qr.ts';
import { openConnection } from '../../lib/core/usecases/open-connection.ts';
import { openLive } from '../../lib/core/usecases/open-live.ts';
import { resolveInstance } from '../../lib/core/usecases/resolve-instance.ts';
import { originReader } from '../api/origin.ts';
import { isOriginAllowed, isPing, requestOf, subprotocolOf } from './request.ts';
import { headerOf, refuse } from './sockets.ts';

const PATH = /^\/api\/(?:ws\/([^/]+)|sessions\/([^/]+)\/ws)$/;

export interface SessionSocketOptions {
  ports: Ports;
  log: Logger;
  /** Web origins that may open one from a browser; none by default. */
  origins?: readonly string[];
  trustedProxy?: readonly string[];
}

interface Watcher {
  socket: WebSocket;
  tenantId: string;
  userId: string;
  instanceId: string;
}

const MAX_CLIENT_FRAME_BYTES = 4_096;
const MAX_WATCHERS_OF_USER = 20;
/** Nobody scans for longer. */
const MAX_OPEN_MS = 10 * 60_000;

/**
 * Document B's WebSocket, `/api/ws/:id?token=`: opens a session that is not linked, shows its QR codes as they come, and
 * says when the phone has scanned one. A ticket of `POST /api/ws/ticket` is taken beside the token.
 */
export class SessionSockets {
  readonly #options: SessionSocketOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CLIENT_FRAME_BYTES,
    handleProtocols: (offered) => subprotocolOf([...offered]) ?? false,
  });
  readonly #watchers = new Set<Watcher>();
  readonly #origin: ReturnType<typeof originReader>;

  constructor(options: SessionSocketOptions) {
    this.#options = options;
    this.#origin = originReader(options.trustedProxy ?? []);
  }

  /** Never throws: whoever misses a code sees the next one. */
  readonly subscriber: EventSubscriber = {
    name: 'session-sockets',
    tell: async (event) => {
      const frame = frameOf(event, this.#options.ports.clock());
      if (!frame) return;
      for (const watcher of this.#watchers) {
        const isOurs = watcher.instanceId === event.instanceId && watcher.tenantId === event.tenantId;
        if (isOurs) send(watcher.socket, frame);
      }
    },
  };

  /** For the `upgrade` event of an HTTP server. Returns false for a path that is not its own. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    const [, first, second] = PATH.exec(new URL(request.url ?? '/', 'http://gateway').pathname) ?? [];
    const name = first ?? second;
    if (name === undefined) return false;
    socket.on('error', () => socket.destroy());
    this.#open(request, socket, head, name).catch((error: unknown) => {
      if (!(error instanceof GatewayError)) this.#options.log.error({ err: error }, 'a session socket was not opened');
      refuse(socket, error instanceof GatewayError ? error : new GatewayError('INTERNAL_ERROR'));
    });
    return true;
  };

  close(): void {
    for (const { socket } of this.#watchers) socket.terminate();
    this.#server.close();
  }

  async #open(request: IncomingMessage, socket: Duplex, head: Buffer, name: string): Promise<void> {
    const { ports, origins = [] } = this.#options;
    const header = (wanted: string) => headerOf(request, wanted);
    if (!isOriginAllowed(header('origin'), origins)) {
      throw new GatewayError('PERMISSION_DENIED', 'This web origin may not open a WebSocket.');
    }
    const asked = requestOf(request.url ?? '/', header);
    const principal = await openLive(ports, asked, this.#origin({ incoming: request }, header));
    const instance = await resolveInstance(ports, principal, { by: 'session', text: decoded(name) });
    const ofUser = [...this.#watchers].filter(({ userId }) => userId === principal.userId);
    if (ofUser.length >= MAX_WATCHERS_OF_USER) {
      throw new GatewayError('RATE_LIMIT_EXCEEDED', 'Too many WebSockets are open.', { retryAfterSeconds: 60 });
    }
    const needsOpening = !instance.state.linked || instance.state.status !== 'CONNECTED';
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      const { tenantId, userId } = principal;
      this.#watch({ socket: opened, tenantId, userId, instanceId: instance.id });
      if (!needsOpening) {
        send(opened, { type: 'success', message: 'Already logged in' });
        return;
      }
      showCode(opened, instance, ports.clock());
      openConnection(ports, principal, { instance }).catch((error: unknown) => {
        const message = error instanceof GatewayError ? error.message : 'The session could not be opened.';
        if (!(error instanceof GatewayError)) this.#options.log.error({ err: error }, 'a session was not opened');
        send(opened, errorFrame(message));
      });
    });
  }

  #watch(watcher: Watcher): void {
    const { socket } = watcher;
    this.#watchers.add(watcher);
    const timer = setTimeout(() => {
      send(socket, { type: 'event', event: 'timeout', message: 'QR timeout' });
      socket.close(1000);
    }, MAX_OPEN_MS);
    timer.unref();
    socket.on('close', () => {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      if (isPing(String(data))) send(socket, { type: 'pong' });
    });
  }
}

/** What is told of an event; undefined: nothing. */
function frameOf({ type, data }: RecordedEvent, nowMs: number): object | undefined {
  if (type === 'instance.qr') {
    const { qr, expiresAt } = data as { qr: string; expiresAt: string };
    return codeFrame(qr, expiresAt, nowMs);
  }
  if (type === 'instance.connected') return { type: 'success', message: 'Login successful' };
  if (type === 'instance.logged_out' || type === 'instance.error' || type === 'instance.conflict') {
    return errorFrame((data as { reason: string | null }).reason ?? 'The session has stopped.');
  }
  if (type === 'instance.disconnected') return { type: 'event', event: 'disconnected', message: 'Disconnected' };
  return undefined;
}

function showCode(socket: WebSocket, instance: Instance, nowMs: number): void {
  const shown = currentQr(instance, nowMs);
  if (shown) send(socket, codeFrame(shown.text, shown.expiresAt, nowMs));
}

/** `timeout`: seconds for which the code is good. */
function codeFrame(qr: string, expiresAt: string, nowMs: number): object {
  return { type: 'qr', data: { qr, timeout: Math.max(0, Math.ceil((Date.parse(expiresAt) - nowMs) / 1000)) } };
}

function errorFrame(message: string): object {
  return { type: 'error', error: message, data: { error: message } };
}

function send(socket: WebSocket, frame: object): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notFound('instance');
  }
}
