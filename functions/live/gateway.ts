import { GatewayError, notFound } from '../../lib/core/errors.ts';
import { VIEWER_PATH_HEADER } from '../../lib/core/model/edge.ts';
import type { EventSubscriber, Ports } from '../../lib/core/ports/index.ts';
import type { LiveConnection, LivePositions } from '../../lib/core/ports/live.ts';
import { openLive } from '../../lib/core/usecases/open-live.ts';
import { type EdgeCheck, edgeCheck, viewerAddress, wentAround } from '../edge.ts';
import { type ConnectionPorts, sendText, viewerOf } from './connections.ts';
import type { LiveFrame } from './frames.ts';
import { isOriginAllowed, LIVE_PATH, requestOf, sessionOfPath, subprotocolOf, typeOf } from './request.ts';
import { controlFrame, framesFor, isFor, missedSince, presentPositions, type Told, textOf, toldOf } from './session.ts';
import { beginSession, hearSession, type SessionPorts, sessionFor, tellSession } from './session-gateway.ts';

/** The part of an API Gateway WebSocket event that is looked at. */
export interface GatewaySocketEvent {
  requestContext: { connectionId: string; routeKey: string; identity?: { sourceIp?: string } };
  headers?: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string | undefined> | null;
  body?: string;
}

export interface GatewaySocketAnswer {
  statusCode: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface GatewaySocketPorts
  extends ConnectionPorts,
    SessionPorts,
    Pick<Ports, 'accounts' | 'apiKeys' | 'accessTokens' | 'instances' | 'events' | 'live' | 'clock' | 'log'> {}

type PushPorts = ConnectionPorts & Pick<Ports, 'log'>;

/** API Gateway ends a connection after two hours itself. */
const CONNECTION_TTL_MS = 2 * 3_600_000;

/**
 * `$connect`, `$disconnect` and `$default` of an API Gateway WebSocket API. Nothing can be sent before `$connect` has
 * answered, so the first message of a client (`{"type":"start"}`, or a ping) is what brings `connected` and what it
 * has missed. One that connected with a cursor is told nothing before that. A session's WebSocket is greeted instead.
 */
export function createSocketHandler(
  ports: GatewaySocketPorts,
  { origins, edgeSecret }: { origins: readonly string[]; edgeSecret?: string | undefined },
): (event: GatewaySocketEvent) => Promise<GatewaySocketAnswer> {
  const edge = edgeSecret === undefined ? undefined : edgeCheck(edgeSecret);
  return async (event) => {
    const { connectionId, routeKey } = event.requestContext;
    try {
      if (routeKey === '$connect') return await connect(ports, event, origins, edge);
      if (routeKey === '$disconnect') await ports.live.disconnect(connectionId);
      else await hear(ports, connectionId, event.body ?? '');
      return { statusCode: 200 };
    } catch (error) {
      if (!(error instanceof GatewayError)) ports.log.error({ err: error, routeKey }, 'a live message failed');
      const { status, code, message } = error instanceof GatewayError ? error : new GatewayError('INTERNAL_ERROR');
      return { statusCode: status, body: JSON.stringify({ success: false, error: code, message }) };
    }
  };
}

/**
 * Tells the connections that API Gateway holds. At least once: who gets an event twice knows it by its id. Never
 * throws: whoever misses something resumes from a cursor.
 */
export function createSocketPush(ports: PushPorts): EventSubscriber {
  return {
    name: 'live',
    async tell(event, context) {
      const failed = (err: unknown) => ports.log.error({ err, eventId: event.id }, 'an event could not be told live');
      try {
        const connections = await ports.live.connections(event.tenantId);
        if (connections.length === 0) return;
        const told = await toldOf(event, context);
        const tell = async (connection: LiveConnection) => {
          if (connection.instanceId === null) await push(ports, connection, told);
          else await tellSession(ports, connection, event, context);
        };
        await Promise.all(connections.map((connection) => tell(connection).catch(failed)));
      } catch (error) {
        failed(error);
      }
    },
  };
}

async function connect(
  ports: GatewaySocketPorts,
  { requestContext, headers = {}, queryStringParameters }: GatewaySocketEvent,
  origins: readonly string[],
  edge: EdgeCheck | undefined,
): Promise<GatewaySocketAnswer> {
  const lowered = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const header = (name: string) => lowered.get(name);
  if (edge && !edge(header)) throw wentAround();
  if (!isOriginAllowed(header('origin'), origins)) throw new GatewayError('PERMISSION_DENIED');
  const given = Object.entries(queryStringParameters ?? {}).filter((entry): entry is [string, string] => !!entry[1]);
  const asked = requestOf(`/?${new URLSearchParams(given)}`, header);
  const address = edge ? viewerAddress(header) : (requestContext.identity?.sourceIp ?? null);
  // Only what came through CloudFront has one that the caller could not choose.
  const path = header(VIEWER_PATH_HEADER) ?? LIVE_PATH;
  const name = sessionOfPath(path);
  if (name === undefined && path !== LIVE_PATH) throw notFound('path');
  const viewer = await openLive(ports, asked, { address, userAgent: header('user-agent') ?? null });
  const instance = name === undefined ? undefined : await sessionFor(ports, viewer, name);
  const { tenantId, userId, role } = viewer;
  const { connectionId } = requestContext;
  const connectedAtMs = ports.clock();
  await ports.live.connect({
    ...{ id: connectionId, tenantId, userId, role, connectedAtMs, instanceId: instance?.id ?? null },
    positions: instance ? {} : await presentPositions(ports, viewer),
    resumeFrom: (instance ? undefined : asked.cursor) ?? null,
    followsMessages: asked.followsMessages,
    expiresAtMs: connectedAtMs + CONNECTION_TTL_MS,
  });
  if (instance) await beginSession(ports, viewer, { instance, connectionId });
  const offered = (header('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  const chosen = offered[0] ? subprotocolOf(offered) : undefined;
  return { statusCode: 200, ...(chosen ? { headers: { 'Sec-WebSocket-Protocol': chosen } } : {}) };
}

async function hear(ports: GatewaySocketPorts, connectionId: string, text: string): Promise<void> {
  const connection = await ports.live.findConnection(connectionId);
  if (!connection) return;
  if (connection.instanceId !== null) {
    await hearSession(ports, connection, text);
    return;
  }
  const viewer = await viewerOf(ports, connection);
  const type = typeOf(text);
  if (!viewer || (type !== 'start' && type !== 'ping')) return;
  if (type === 'start' || connection.resumeFrom !== null) await start(ports, viewer);
  else await send(ports, connection, controlFrame('pong', {}, connection.positions, ports.clock()));
}

async function start(ports: GatewaySocketPorts, connection: LiveConnection): Promise<void> {
  const cursor = connection.resumeFrom;
  // From here on events are pushed: what was recorded before is in the rows that are read now, so nothing is lost.
  if (cursor !== null) await ports.live.moved(connection, {});
  const resumed = cursor === null ? undefined : await missedSince(ports, connection, cursor);
  const reason = resumed && 'resync' in resumed ? resumed.resync : undefined;
  const positions = resumed && 'positions' in resumed ? resumed.positions : { ...connection.positions };
  const nowMs = ports.clock();
  const frames = [controlFrame('connected', { resumed: resumed !== undefined && !reason }, positions, nowMs)];
  if (reason) frames.push(controlFrame('resync', { reason }, positions, nowMs));
  for (const told of resumed && 'missed' in resumed ? resumed.missed : []) {
    frames.push(...framesFor(connection, told, positions, nowMs));
  }
  for (const frame of frames) if (!(await send(ports, connection, frame))) return;
  await ports.live.moved(connection, positions);
}

async function push(ports: PushPorts, connection: LiveConnection, told: Told): Promise<void> {
  // Where a replay is still to come it will have this event, too.
  if (connection.resumeFrom !== null || !isFor(connection, told)) return;
  const viewer = await viewerOf(ports, connection);
  const positions: LivePositions = { ...connection.positions };
  const frames = viewer ? framesFor(viewer, told, positions, ports.clock()) : [];
  if (frames.length === 0) return;
  for (const frame of frames) if (!(await send(ports, connection, frame))) return;
  const changed = Object.entries(positions).filter(([id, position]) => connection.positions[id] !== position);
  await ports.live.moved(connection, Object.fromEntries(changed));
}

/** False when there is no such connection. */
function send(ports: ConnectionPorts, connection: LiveConnection, frame: LiveFrame): Promise<boolean> {
  return sendText(ports, connection, textOf(frame));
}
