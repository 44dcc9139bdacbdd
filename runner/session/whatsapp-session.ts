import type { AnyMessageContent, WAMessageKey } from '../../lib/baileys/index.ts';
import type { InstanceSettings, InstanceStatus } from '../../lib/core/model/instance.ts';
import type { Party } from '../../lib/core/model/message.ts';

/** One answer to "does this number have WhatsApp?". */
export interface NumberLookup {
  number: string;
  exists: boolean;
  jid: string | null;
  lid: string | null;
  name: string | null;
  profilePicture: string | null;
}

/**
 * What a handler may do with a linked session. Narrow on purpose: handlers never see the socket.
 */
export interface WhatsAppSession {
  /**
   * Sends and waits for the server's ack. The message's Signal state and protobuf are durable before it leaves.
   * @throws GatewayError MESSAGE_SEND_FAILED when the server refuses it (never worth a retry)
   * @throws ConnectionLost when nobody knows: the caller repeats with the same id
   */
  send(to: string, content: AnyMessageContent, messageId: string): Promise<{ ackedAtMs: number }>;
  /** @throws GatewayError MESSAGE_SEND_FAILED (reason NOT_ON_WHATSAPP) when WhatsApp does not know the number. */
  requireOnWhatsApp(jid: string): Promise<void>;
  /** Marks messages as read; their senders are told when the instance's settings and the phone's privacy allow it. */
  markRead(keys: WAMessageKey[]): Promise<void>;
  /** What WhatsApp shows of a person; what they hide is null. */
  profile(jid: string): Promise<Profile>;
  /** Blocks or unblocks a person. @throws GatewayError RESOURCE_NOT_FOUND when WhatsApp does not know them */
  setBlocked(jid: string, blocked: boolean): Promise<Party>;
  /** Asks WhatsApp about phone numbers (digits). */
  lookUp(numbers: readonly string[]): Promise<NumberLookup[]>;
}

export interface Profile extends Party {
  about: string | null;
  picture: string | null;
  business: {
    description: string | null;
    category: string | null;
    email: string | null;
    websites: string[];
    address: string | null;
  } | null;
}

/** What the instance operations may do. */
export interface SessionControl {
  /** Opens the session; shows a QR, or a pairing code for `pairWithPhone` (digits), while it is not linked. */
  connect(pairWithPhone?: string): Promise<InstanceStatus>;
  restart(): Promise<InstanceStatus>;
  /** Takes over settings; opens a new connection when the proxy is another one. */
  configure(settings: InstanceSettings): Promise<void>;
  /** Unlinks from the phone and forgets the keys. */
  logout(): Promise<InstanceStatus>;
  /** As logout, and everything stored of the instance goes. */
  remove(): Promise<void>;
}

/** The connection went away before the answer came: WhatsApp may or may not have acted. */
export class ConnectionLost extends Error {
  constructor(message = 'The connection was lost before WhatsApp answered.') {
    super(message);
    this.name = 'ConnectionLost';
  }
}
