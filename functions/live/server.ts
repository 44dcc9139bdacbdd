import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { GatewayError } from '../../lib/core/errors.ts';
import type { EventSubscriber, Logger, Ports } from '../../lib/core/ports/index.ts';
import type { LivePositions } from '../../lib/core/ports/live.ts';
import { openLive, stillLive } from '../../lib/core/usecases/open-live.ts';
import { originReader } from '../api/origin.ts';
import type { LiveFrame } from './frames.ts';
import { isOriginAllowed, isPing, LIVE_PATH, type LiveRequest, requestOf, subprotocolOf } from './request.ts';
import {
  controlFrame,
  framesFor,
  missedSince,
  presentPositions,
  type ResyncReason,
  type Told,
  textOf,
  toldOf,
  type Viewer,
} from './session.ts';
import { headerOf, refuse } from './sockets.ts';

export interface LiveServerOptions {
  ports: Pick<Ports, 'accounts' | 'apiKeys' | 'accessTokens' | 'instances' | 'events' | 'live' | 'clock'>;
  log: Logger;
  /** Web origins that may open one from a browser; none by default. */
  origins?: readonly string[];
  /** The dashboard is served from the same host: its pages may open one, too. */
  servesPages?: boolean;
  trustedProxy?: readonly string[];
  /** Time between two pings; who missed two is dead. */
  heartbeatMs?: number;
  /** What a consumer may leave unread before it is cut off. */
  maxUnreadBytes?: number;
}

const HEARTBEAT_MS = 30_000;
const MAX_MISSED = 2;
const MAX_UNREAD_BYTES = 1_048_576;
/** Events that may come while a session is still being replayed to. */
const MAX_WAITING = 1_000;
const MAX_CLIENT_FRAME_BYTES = 4_096;
const MAX_SESSIONS_OF_USER = 20;
/** Close code: these credentials are not good any more. */
const UNAUTHORIZED = 4_401;

interface Session {
  socket: WebSocket;
  viewer: Viewer;
  openedAtMs: number;
  missed: number;
  positions: LivePositions;
  /** What came while it was being replayed to; undefined from then on. */
  waiting: Told[] | undefined;
}

/** The WebSockets of one process: `/ws/dashboard` of its HTTP server, fed by the events worker beside it. */
export class LiveServer {
  readonly #options: LiveServerOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CLIENT_FRAME_BYTES,
    handleProtocols: (offered) => subprotocolOf([...offered]) ?? false,
  });
  readonly #sessions = new Set<Session>();
  readonly #origin: ReturnType<typeof originReader>;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: LiveServerOptions) {
    this.#options = options;
    this.#origin = originReader(options.trustedProxy ?? []);
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Tells everybody who may know. Never throws: whoever misses something resumes from a cursor. */
  readonly subscriber: EventSubscriber = {
    name: 'live',
    tell: async (event, context) => {
      if (![...this.#sessions].some(({ viewer }) => viewer.tenantId === event.tenantId)) return;
      try {
        const told = await toldOf(event, context);
        for (const session of this.#sessions) this.#tell(session, told);
      } catch (error) {
        this.#options.log.error({ err: error, eventId: event.id }, 'an event could not be told live');
      }
    },
  };

  /** For the `upgrade` event of an HTTP server. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    this.#open(request, socket, head).catch((error: unknown) => {
      if (!(error instanceof GatewayError))
        this.#options.log.error({ err: error }, 'a live session could not be opened');
      refuse(socket, error instanceof GatewayError ? error : new GatewayError('INTERNAL_ERROR'));
    });
  };

  get size(): number {
    return this.#sessions.size;
  }

  /** Closes every session with 1001, "going away". */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const { socket } of this.#sessions) {
      socket.close(1001);
      socket.terminate();
    }
    this.#server.close();
  }

  async #open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { ports, origins = [], servesPages = false } = this.#options;
    const asked = requestOf(request.url ?? '/', (name) => headerOf(request, name));
    if (asked.path !== LIVE_PATH) throw new GatewayError('RESOURCE_NOT_FOUND', 'There is no such path.');
    if (!isOriginAllowed(headerOf(request, 'origin'), origins, servesPages ? headerOf(request, 'host') : undefined)) {
      throw new GatewayError('PERMISSION_DENIED', 'This web origin may not open a WebSocket.');
    }
    const from = this.#origin({ incoming: request }, (name) => headerOf(request, name));
    const { tenantId, userId, role } = await openLive(ports, asked, from);
    const ofUser = [...this.#sessions].filter(({ viewer }) => viewer.userId === userId);
    if (ofUser.length >= MAX_SESSIONS_OF_USER) {
      throw new GatewayError('RATE_LIMIT_EXCEEDED', 'Too many WebSockets are open.', { retryAfterSeconds: 60 });
    }
    this.#server.handleUpgrade(request, socket, head, (opened) =>
      this.#start(opened, { tenantId, userId, role, followsMessages: asked.followsMessages }, asked),
    );
  }

  #start(socket: WebSocket, viewer: Viewer, asked: LiveRequest): void {
    const openedAtMs = this.#options.ports.clock();
    const session: Session = { socket, viewer, openedAtMs, missed: 0, positions: {}, waiting: [] };
    this.#sessions.add(session);
    socket.on('close', () => this.#sessions.delete(session));
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => {
      session.missed = 0;
    });
    socket.on('message', (data) => this.#hear(session, data));
    this.#greet(session, asked.cursor).catch((error: unknown) => {
      this.#options.log.error({ err: error, tenantId: viewer.tenantId }, 'a live session could not be started');
      socket.close(1011);
    });
  }

  /** Everything that is told from now on waits, so that between the rows and what comes nothing is lost or doubled. */
  async #greet(session: Session, cursor: string | undefined): Promise<void> {
    const { ports } = this.#options;
    const resumed = cursor === undefined ? undefined : await missedSince(ports, session.viewer, cursor);
    let reason: ResyncReason | undefined;
    if (resumed && 'positions' in resumed) {
      session.positions = resumed.positions;
    } else {
      reason = resumed?.resync;
      session.positions = await presentPositions(ports, session.viewer);
    }
    this.#send(session, this.#control('connected', session, { resumed: resumed !== undefined && !reason }));
    if (reason) this.#send(session, this.#control('resync', session, { reason }));
    for (const told of resumed && 'missed' in resumed ? resumed.missed : []) await this.#replay(session, told);
    while (session.waiting && session.waiting.length > 0) await this.#replay(session, session.waiting.shift() as Told);
    session.waiting = undefined;
  }

  /** One after the other, as fast as the client takes them: a replay alone must not look like a slow consumer. */
  async #replay(session: Session, told: Told): Promise<void> {
    for (const frame of framesFor(session.viewer, told, session.positions, this.#options.ports.clock())) {
      if (session.socket.readyState !== WebSocket.OPEN) return;
      await new Promise<void>((sent) => session.socket.send(textOf(frame), () => sent()));
    }
  }

  #tell(session: Session, told: Told): void {
    if (told.event.tenantId !== session.viewer.tenantId) return;
    if (session.waiting) {
      session.waiting.push(told);
      if (session.waiting.length > MAX_WAITING) session.socket.terminate();
      return;
    }
    for (const frame of framesFor(session.viewer, told, session.positions, this.#options.ports.clock())) {
      this.#send(session, frame);
    }
  }

  #send({ socket, viewer }: Session, frame: LiveFrame): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > (this.#options.maxUnreadBytes ?? MAX_UNREAD_BYTES)) {
      this.#options.log.warn({ tenantId: viewer.tenantId }, 'a live session was cut off: it does not read');
      socket.terminate();
      return;
    }
    socket.send(textOf(frame));
  }

  #hear(session: Session, data: RawData): void {
    session.missed = 0;
    if (isPing(String(data))) this.#send(session, this.#control('pong', session, {}));
  }

  #beat(): void {
    for (const session of this.#sessions) {
      if (session.missed >= MAX_MISSED) {
        session.socket.terminate();
        continue;
      }
      session.missed += 1;
      session.socket.ping();
      this.#judge(session).catch((error: unknown) => {
        this.#options.log.error({ err: error, tenantId: session.viewer.tenantId }, 'a viewer could not be looked up');
      });
    }
  }

  /** Who was deleted, has logged out everywhere or has another role now is treated so from the next beat on. */
  async #judge(session: Session): Promise<void> {
    const now = await stillLive(this.#options.ports, session.viewer, session.openedAtMs);
    if (now) session.viewer = { ...session.viewer, role: now.role };
    else session.socket.close(UNAUTHORIZED);
  }

  #control(event: 'connected' | 'resync' | 'pong', { positions }: Session, data: object): LiveFrame {
    return controlFrame(event, data, positions, this.#options.ports.clock());
  }
}
