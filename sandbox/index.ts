import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Connection } from './conn.ts';
import { createControl } from './control.ts';
import { MediaServer } from './media.ts';
import { Network } from './network.ts';
import type { SimPhone } from './phone.ts';
import { openState } from './state.ts';

export type { Behaviour } from './behaviours.ts';
export { BEHAVIOURS, behaviourOf } from './behaviours.ts';
export type { Account, Device, Group } from './directory.ts';
export type { DisconnectCode } from './disconnect.ts';
export { DISCONNECT_CODES, disconnect } from './disconnect.ts';
export type { FaultSettings, Faults } from './faults.ts';
export type { Network, NetworkEvents } from './network.ts';
export { trustSandboxRoot } from './noise-server.ts';
export type { DecryptError, PhoneStatus, SimPhone, TypingState } from './phone.ts';
export type { ReceivedMessage } from './phone-inbox.ts';
export type { MediaAttachment, MediaKind } from './phone-media.ts';
export type { SentMessage } from './phone-outbox.ts';
export { SandboxError } from './wire.ts';

/** How a sandbox is started. */
export interface SandboxOptions {
  /** Port on 127.0.0.1 for WebSockets and the control API; 0 or undefined takes a free one. */
  port?: number;
  /** Folder that keeps everything across restarts and crashes; undefined keeps it in memory only. */
  dataDir?: string;
  /** How long ordinary contacts take to read a message; 400 when left out. */
  readDelayMs?: number;
  /** How long echoing contacts take to answer; 300 when left out. */
  echoDelayMs?: number;
  /** Whether media can be up- and downloaded; true when left out. */
  media?: boolean;
  /** How many QR codes a linking client gets before Baileys gives up; 6 when left out. */
  qrReferences?: number;
}

/** A running simulated WhatsApp network. */
export interface Sandbox {
  /** What Baileys' `waWebSocketUrl` gets: `ws://127.0.0.1:<port>/ws/chat`. */
  readonly url: string;
  /** Base URL of the control API: `http://127.0.0.1:<port>`; its paths start with `/control`. */
  readonly controlUrl: string;
  /** PEM file for `NODE_EXTRA_CA_CERTS`, so that media can be fetched; undefined when media is off. */
  readonly mediaCaFile: string | undefined;
  /** The network itself, for tests in the same process: events, faults, counters. */
  readonly network: Network;
  /** The simulated phone of a number (digits only). @throws SandboxError 404 for numbers not on WhatsApp */
  phone(number: string): SimPhone;
  /** Drops all connections and releases port and files. */
  close(): Promise<void>;
}

/** What Baileys claims to be; no other web page may open a socket. */
const ALLOWED_ORIGIN = 'https://web.whatsapp.com';

/**
 * Starts a simulated WhatsApp network on the loopback interface.
 * @throws when the port is taken or the data directory cannot be used
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, dataDir, readDelayMs = 400, echoDelayMs = 300, media = true, qrReferences } = options;
  const state = await openState(dataDir);
  const mediaServer = media ? await MediaServer.start(dataDir) : undefined;
  const network = new Network({ state, readDelayMs, echoDelayMs, media: mediaServer, qrReferences });
  const server = createServer(createControl(network));
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('upgrade', (request, socket, head) => {
    const refusal = upgradeRefusal(network, request);
    if (refusal !== undefined) return refuseUpgrade(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (webSocket) => new Connection(network, webSocket));
  });
  try {
    await listen(server, port);
  } catch (error) {
    await mediaServer?.close();
    state.close();
    throw error;
  }
  network.resume();

  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  let closing: Promise<void> | undefined;
  return {
    url: `ws://${host}/ws/chat`,
    controlUrl: `http://${host}`,
    mediaCaFile: mediaServer?.caFile,
    network,
    phone: (number) => network.phone(number),
    close: () => {
      closing ??= (async () => {
        const closed = new Promise((resolve) => server.close(resolve));
        await network.close();
        server.closeAllConnections();
        await closed;
        await mediaServer?.close();
        state.close();
      })();
      return closing;
    },
  };
}

function upgradeRefusal(network: Network, request: IncomingMessage): number | undefined {
  const { origin } = request.headers;
  if (origin !== undefined && origin !== ALLOWED_ORIGIN) return 403;
  if (new URL(request.url ?? '/', 'http://sandbox').pathname !== '/ws/chat') return 404;
  const status = network.faults.settings.rejectUpgradeStatus ?? 429;
  return network.faults.strikes('rejectUpgrade', undefined) ? status : undefined;
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
