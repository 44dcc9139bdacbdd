import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../../lib/core/errors.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import type { EventContext, RecordedEvent } from '../../lib/core/ports/events.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import type { LiveConnection, LiveGreeting } from '../../lib/core/ports/live.ts';
import type { UserPrincipal } from '../../lib/core/usecases/access.ts';
import { openConnection } from '../../lib/core/usecases/open-connection.ts';
import { resolveInstance } from '../../lib/core/usecases/resolve-instance.ts';
import { type ConnectionPorts, end, sendText, viewerOf } from './connections.ts';
import { isPing } from './request.ts';
import { maySee } from './session.ts';
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

export interface SessionPorts
  extends Pick<Ports, 'instances' | 'live' | 'commands' | 'bells' | 'eventQueue' | 'log' | 'clock'> {}

/** Waits before the first frame is tried again: the connection may not be open yet. */
const GREETING_WAITS_MS = [0, 100, 200, 400, 800, 1_600];

/** Whom a session's WebSocket may be opened for, and the session. @throws GatewayError RATE_LIMIT_EXCEEDED too */
export async function sessionFor(
  ports: Pick<SessionPorts, 'instances' | 'live'>,
  principal: UserPrincipal,
  name: string,
): Promise<Instance> {
  const instance = await resolveInstance(ports, principal, { by: 'session', text: name });
  const open = await ports.live.connections(principal.tenantId);
  const ofUser = open.filter(({ userId, instanceId }) => userId === principal.userId && instanceId !== null);
  if (ofUser.length >= MAX_SESSION_SOCKETS_OF_USER) {
    throw new GatewayError('RATE_LIMIT_EXCEEDED', 'Too many WebSockets are open.', { retryAfterSeconds: 60 });
  }
  return instance;
}

/** After its connection was kept: has the session opened where it is not, and asks for the first frame. */
export async function beginSession(
  ports: SessionPorts,
  principal: UserPrincipal,
  { instance, connectionId }: { instance: Instance; connectionId: string },
): Promise<void> {
  let error: string | undefined;
  try {
    if (needsOpening(instance)) await openConnection(ports, principal, { instance });
  } catch (err) {
    if (!(err instanceof GatewayError)) ports.log.error({ err }, 'a session was not opened');
    error = err instanceof GatewayError ? err.message : 'The session could not be opened.';
  }
  await ports.eventQueue.greet({ v: 1, connectionId, error });
}

/** The first frame of a connection. Never throws: whoever misses a code sees the next one. */
export async function greetSession(
  ports: ConnectionPorts & Pick<Ports, 'instances' | 'log'>,
  { connectionId, error }: LiveGreeting,
): Promise<void> {
  try {
    const connection = await ports.live.findConnection(connectionId);
    if (!connection?.instanceId) return;
    const instance = await ports.instances.get(connection.tenantId, connection.instanceId);
    const frame = error === undefined ? instance && firstFrame(instance, ports.clock()) : errorFrame(error);
    if (!frame) return;
    for (const waitMs of GREETING_WAITS_MS) {
      await sleep(waitMs);
      if (await send(ports, connection, frame)) return;
    }
  } catch (err) {
    ports.log.error({ err }, 'a session socket was not greeted');
  }
}

/** Tells the watcher of a session what happened to it. */
export async function tellSession(
  ports: ConnectionPorts,
  connection: LiveConnection,
  event: RecordedEvent,
  { instance }: EventContext,
): Promise<void> {
  const frame = event.instanceId === connection.instanceId ? frameOf(event, ports.clock()) : undefined;
  if (!frame || (await timedOut(ports, connection))) return;
  const viewer = await viewerOf(ports, connection);
  if (viewer && maySee(viewer, { event, instance, parts: [] })) await send(ports, connection, frame);
}

export async function hearSession(ports: ConnectionPorts, connection: LiveConnection, text: string): Promise<void> {
  if (await timedOut(ports, connection)) return;
  if (isPing(text) && (await viewerOf(ports, connection))) await send(ports, connection, PONG);
}

async function timedOut(ports: ConnectionPorts, connection: LiveConnection): Promise<boolean> {
  if (ports.clock() - connection.connectedAtMs <= MAX_OPEN_MS) return false;
  await send(ports, connection, TIMED_OUT);
  await end(ports, connection);
  return true;
}

function send(
  ports: Pick<ConnectionPorts, 'live' | 'sockets' | 'clock'>,
  connection: LiveConnection,
  frame: SessionFrame,
): Promise<boolean> {
  return sendText(ports, connection, JSON.stringify(frame));
}
