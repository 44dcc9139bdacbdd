import type { BinaryNode, WAMessage, WAMessageKey } from '../../lib/baileys/index.ts';
import type { InstanceSettings, InstanceStatus } from '../../lib/core/model/instance.ts';
import type { Facets, MediaActions, MessageActions } from './actions/index.ts';
import type { Outgoing } from './sending.ts';

/**
 * What a handler may do with a linked session. Narrow on purpose: handlers never see the socket. Each family has a
 * facet of its own.
 */
export interface WhatsAppSession extends Facets {
  /**
   * Sends and waits for the server's ack. The message's Signal state and protobuf are durable before it leaves.
   * @throws GatewayError MESSAGE_SEND_FAILED when the server refuses it (never worth a retry)
   * @throws ConnectionLost when nobody knows: the caller repeats with the same id
   */
  send(to: string, content: Outgoing, messageId: string, options?: SendOptions): Promise<Acknowledged>;
  /** Marks messages as read; their senders are told when the instance's settings and the phone's privacy allow it. */
  markRead(keys: WAMessageKey[]): Promise<void>;
  readonly messages: MessageActions;
  readonly media: MediaActions;
}

/** How a message is sent, beyond what is in it. */
export interface SendOptions {
  /** The message that is replied to, with its content. */
  quoted?: WAMessage | undefined;
  /** JIDs of people whom the text names, and whether everybody of the group is told. */
  mentions?: readonly string[] | undefined;
  mentionAll?: boolean | undefined;
  /** It disappears after this time. */
  ephemeralSeconds?: number | undefined;
  /** JIDs of those who get a status. */
  statusJidList?: string[];
  /** Of a text status: `#RRGGBB`, and WhatsApp's number of a font. */
  backgroundColor?: string;
  font?: number;
  /** Further attributes and children of the stanza. */
  attributes?: Record<string, string>;
  nodes?: BinaryNode[];
  /** Somebody may have begun to send this id already: what was kept of it is sent as it was. */
  again?: boolean;
  /** Its place among messages that are sent side by side. */
  turn?: Turn | undefined;
}

/** One place in an order: `come` resolves when everybody before has left. Never rejects. */
export interface Turn {
  come: Promise<unknown>;
  leave(): void;
}

export interface Acknowledged {
  ackedAtMs: number;
  /** The number that a channel gives to its message. */
  serverId: string | null;
}

/** What the instance operations may do. */
export interface SessionControl {
  /** Opens the session; shows a QR, or a pairing code for `pairWithPhone` (digits), while it is not linked. */
  connect(pairWithPhone?: string): Promise<InstanceStatus>;
  restart(): Promise<InstanceStatus>;
  /** Closes the connection, and nothing opens it until somebody asks. */
  disconnect(): Promise<InstanceStatus>;
  /** Takes over settings; opens a new connection when the proxy is another one. */
  configure(settings: InstanceSettings): Promise<void>;
  /** Unlinks from the phone and forgets the keys. */
  logout(): Promise<InstanceStatus>;
  /** As logout, and everything stored of the instance goes. */
  remove(): Promise<void>;
}

/** The connection went away before the answer came: WhatsApp may or may not have acted. */
export class ConnectionLost extends Error {
  /** Nothing was asked of WhatsApp: there was no connection to begin with. */
  readonly isBefore: boolean;

  constructor(message = 'The connection was lost before WhatsApp answered.', { isBefore = false } = {}) {
    super(message);
    this.name = 'ConnectionLost';
    this.isBefore = isBefore;
  }
}
