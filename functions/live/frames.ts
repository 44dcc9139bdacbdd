import type { EventData } from '../../lib/core/catalogue/events.ts';
import type { MessageStatus } from '../../lib/core/model/message.ts';
import type { RecordedEvent } from '../../lib/core/ports/events.ts';
import { qrDataUrl } from '../dialects/native/qr-image.ts';

/** The events of document A2. */
export const LIVE_EVENTS = [
  'instance_status_changed',
  'new_message_received',
  'qr_code_updated',
  'connection_lost',
  'usage_limit_warning',
] as const;
/** Beyond document A, and only for who asks with `?follow=messages`: what became of a message. */
export const MESSAGE_CHANGED = 'message_changed';
export type LiveEventName = (typeof LIVE_EVENTS)[number] | typeof MESSAGE_CHANGED;
/** What of it has changed; `status`: how far a sent one has come. */
export const MESSAGE_CHANGES = ['status', 'text', 'revoked', 'reaction', 'vote', 'file'] as const;

export interface LiveFrame {
  /** One of A2's, `message_changed`, or `connected`, `resync`, `pong`. */
  event: LiveEventName | 'connected' | 'resync' | 'pong';
  /** Of the event; the same when it is told again. */
  id?: string;
  instanceName: string | null;
  data: unknown;
  timestamp: string;
  cursor: string;
}

/** API Gateway takes no larger frame. */
export const MAX_FRAME_BYTES = 32 * 1024;
/** What is left for a text beside everything else in a frame. JSON can make six bytes of one. */
const MAX_TEXT_JSON_BYTES = 16 * 1024;

/** What a recorded event is to a dashboard: none, one or two frames' worth. */
export async function partsOf(event: RecordedEvent): Promise<{ name: LiveEventName; data: object }[]> {
  switch (event.type) {
    case 'instance.qr': {
      const { qr, expiresAt } = event.data;
      return [{ name: 'qr_code_updated', data: { qrCode: await qrDataUrl(qr), qr, expiresAt } }];
    }
    case 'instance.disconnected': {
      const data = connectionOf(event.data);
      const changed = { name: 'instance_status_changed', data } as const;
      // One that was never linked has no connection to lose: nobody scanned its code.
      return data.phone === null ? [changed] : [changed, { name: 'connection_lost', data }];
    }
    case 'instance.connecting':
    case 'instance.connected':
    case 'instance.logged_out':
    case 'instance.conflict':
    case 'instance.error':
      return [{ name: 'instance_status_changed', data: connectionOf(event.data) }];
    case 'message.received': {
      const { messageId, chat, from, authorName, isGroup, type, timestampMs, text } = event.data;
      const shown = shortened(text);
      const timestamp = new Date(timestampMs).toISOString();
      return [
        {
          name: 'new_message_received',
          data: {
            ...{ messageId, chat, from, authorName, isGroup, type, text: shown, timestamp },
            ...(shown === text ? {} : { isTextShortened: true }),
          },
        },
      ];
    }
    case 'usage.limit_warning':
      return [{ name: 'usage_limit_warning', data: event.data }];
    case 'message.sent':
      return [changeOf(event, 'status', 'SENT')];
    case 'message.delivered':
      return [changeOf(event, 'status', 'DELIVERED')];
    case 'message.read':
      return [changeOf(event, 'status', 'READ')];
    case 'message.failed':
      return [changeOf(event, 'status', 'FAILED')];
    case 'message.edited':
      return [changeOf(event, 'text')];
    case 'message.revoked':
      return [changeOf(event, 'revoked')];
    case 'message.reaction':
      return [changeOf(event, 'reaction')];
    case 'poll.vote':
      return [changeOf(event, 'vote')];
    case 'media.stored':
    case 'media.failed':
      return [changeOf(event, 'file')];
    default:
      return [];
  }
}

/** Says that something has changed, not what it is now: that is asked for. A status is said, there are many of them. */
function changeOf(
  { data: { messageId, chat }, timestampMs }: { data: { messageId: string; chat: string }; timestampMs: number },
  change: (typeof MESSAGE_CHANGES)[number],
  status: MessageStatus | null = null,
): { name: LiveEventName; data: object } {
  return {
    name: MESSAGE_CHANGED,
    data: { messageId, chat, change, status, timestamp: new Date(timestampMs).toISOString() },
  };
}

/** As the routes show it: with a plus. */
function connectionOf({ status, phone, reason }: EventData<'instance.connected'>): EventData<'instance.connected'> {
  return { status, phone: phone === null ? null : `+${phone}`, reason };
}

/** A text that fits a frame, cut between characters. */
function shortened(text: string | null): string | null {
  if (text === null || sizeOf(text) <= MAX_TEXT_JSON_BYTES) return text;
  const characters = [...text];
  let [low, high] = [0, characters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sizeOf(characters.slice(0, middle).join('')) <= MAX_TEXT_JSON_BYTES) low = middle;
    else high = middle - 1;
  }
  return characters.slice(0, low).join('');
}

function sizeOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
