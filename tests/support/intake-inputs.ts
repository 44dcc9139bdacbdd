import type { OperationName } from '../../lib/core/catalogue/operations.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';

const to = '6281234567890';
const media = { url: 'https://example.com/file' };

/** A good input of every operation, as a caller writes it into a queue message. */
export const INTAKE_INPUTS: Record<OperationName, object> = {
  'message.sendText': { to, text: 'Hello' },
  'message.sendImage': { to, media, caption: 'look' },
  'message.sendDocument': { to, media, filename: 'a.pdf' },
  'message.sendAudio': { to, media },
  'message.sendVideo': { to, media },
  'message.sendLocation': { to, latitude: 1, longitude: 2 },
  'message.sendContact': { to, contact: { name: 'Ann', phone: to } },
  'message.markRead': { messageId: publicMessageId('3EB0C767D71D8A2B5F3E19') },
  'contact.check': { numbers: [to] },
  'contact.profile': { jid: to },
  'contact.block': { jid: to },
  'contact.unblock': { jid: to },
  'instance.connect': {},
  'instance.restart': {},
  'instance.logout': {},
  'instance.configure': {},
  'instance.remove': {},
};
