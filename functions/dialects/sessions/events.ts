import type { EventData } from '../../../lib/core/catalogue/events.ts';
import { sessionNumber } from '../../../lib/core/model/instance.ts';
import { jidOfParty, userJid } from '../../../lib/core/model/phone.ts';
import type { RecordedEvent, WebhookPayload } from '../../../lib/core/ports/index.ts';

/** What endpoints of document B are sent; it knows received messages only. */
export const SESSION_EVENTS = ['*', 'message', 'test'] as const;

/**
 * `{session_id, message: {id, from, to, message, timestamp}}`, with the flat fields beside it that the n8n trigger for
 * this API reads; null for everything else that happens.
 */
export function sessionPayload(
  { type, data, instanceId, timestampMs }: RecordedEvent,
  _instanceName: string | null,
  instancePhone: string | null = null,
): WebhookPayload | null {
  const sessionId = instanceId === null ? null : sessionNumber(instanceId);
  const to = instancePhone === null ? null : userJid(instancePhone);
  if (type === 'webhook.test') {
    const { message } = data as EventData<'webhook.test'>;
    const timestamp = Math.floor(timestampMs / 1000);
    return { name: 'test', body: { session_id: sessionId, message: { id: 'test', from: to, to, message, timestamp } } };
  }
  if (type !== 'message.received') return null;
  const {
    messageId,
    chat,
    from,
    authorName,
    isGroup,
    text,
    type: kind,
    timestampMs: sentAtMs,
    ...content
  } = data as EventData<'message.received'>;
  const author = jidOfParty(from);
  const timestamp = Math.floor(sentAtMs / 1000);
  return {
    name: 'message',
    body: {
      session_id: sessionId,
      message: { id: messageId, from: isGroup ? chat : author, to, message: text, timestamp },
      ...{
        id: messageId,
        from: author,
        from_name: authorName,
        to,
        message_type: kind === 'voice' ? 'audio' : kind,
        is_group: isGroup,
        timestamp,
      },
      ...(isGroup && { group_id: chat }),
      ...(content.media && {
        ...{ caption: text, mime_type: content.media.mimetype, file_size: content.media.size },
        ...{ filename: content.media.fileName, media_id: content.media.id, media_url: content.media.url },
      }),
      ...(content.location && {
        ...{ latitude: content.location.latitude, longitude: content.location.longitude },
        ...{ location_name: content.location.name, location_address: content.location.address },
      }),
      is_system_message: content.system !== null,
      ...(content.system && { system_message_type: content.system.code }),
      ...(content.quoted && {
        ...{ reply_to_message_id: content.quoted.messageId, reply_to_message: content.quoted.text },
      }),
    },
  };
}
