import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { GatewayError } from '../../lib/core/errors.ts';
import type { EventSubscriber, Logger, Ports } from '../../lib/core/ports/index.ts';
import { openConnection } from '../../lib/core/usecases/open-connection.ts';
import { openLive } from '../../lib/core/usecases/open-live.ts';
import { resolveInstance } from '../../lib/core/usecases/resolve-instance.ts';
import { originReader } from '../api/origin.ts';
import { isOriginAllowed, isPing, isSessionPath, requestOf, sessionOfPath, subprotocolOf } from './request.ts';
import {
  errorFrame,
  firstFrame,
  frameOf,
  MAX_OPEN_MS,
  MAX_SESSION_SOCKETS_OF_USER,
  needsOpening,
  PONG,
  type SessionFrame,
  TIMED_OUT,
} from './session-frames.ts';
import { headerOf, refuse } from './sockets.ts';

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
    const { pathname } = new URL(request.url ?? '/', 'http://gateway');
    if (!isSessionPath(pathname)) return false;
    socket.on('error', () => socket.destroy());
    this.#open(request, socket, head, pathname).catch((error: unknown) => {
      if (!(error instanceof GatewayError)) this.#options.log.error({ err: error }, 'a session socket was not opened');
      refuse(socket, error instanceof GatewayError ? error : new GatewayError('INTERNAL_ERROR'));
    });
    return true;
  };

  close(): void {
    for (const { socket } of this.#watchers) socket.terminate();
    this.#server.close();
  }

  async #open(request: IncomingMessage, socket: Duplex, head: Buffer, path: string): Promise<void> {
    const { ports, origins = [] } = this.#options;
    const header = (wanted: string) => headerOf(request, wanted);
    if (!isOriginAllowed(header('origin'), origins)) {
      throw new GatewayError('PERMISSION_DENIED', 'This web origin may not open a WebSocket.');
    }
    const asked = requestOf(request.url ?? '/', header);
    const principal = await openLive(ports, asked, this.#origin({ incoming: request }, header));
    const instance = await resolveInstance(ports, principal, { by: 'session', text: sessionOfPath(path) });
    const ofUser = [...this.#watchers].filter(({ userId }) => userId === principal.userId);
    if (ofUser.length >= MAX_SESSION_SOCKETS_OF_USER) {
      throw new GatewayError('RATE_LIMIT_EXCEEDED', 'Too many WebSockets are open.', { retryAfterSeconds: 60 });
    }
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      const { tenantId, userId } = principal;
      this.#watch({ socket: opened, tenantId, userId, instanceId: instance.id });
      const first = firstFrame(instance, ports.clock());
      if (first) send(opened, first);
      if (!needsOpening(instance)) return;
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
      send(socket, TIMED_OUT);
      socket.close(1000);
    }, MAX_OPEN_MS);
    timer.unref();
    socket.on('close', () => {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      if (isPing(String(data))) send(socket, PONG);
    });
  }
}

function send(socket: WebSocket, frame: SessionFrame): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}
