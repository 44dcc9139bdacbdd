import * as z from 'zod';
import { sessionNumber } from '../../../lib/core/model/instance.ts';
import { userJid } from '../../../lib/core/model/phone.ts';
import type { Session } from '../../../lib/core/usecases/list-sessions.ts';

export const sessionShape = z.object({
  id: z.string().meta({ description: 'Digits; it never changes', examples: ['218340105584896'] }),
  phone: z.string().meta({ description: 'Digits, once it is linked; its id before' }),
  actual_phone: z.string().meta({ description: 'JID, once it is linked; empty before' }),
  name: z.string().meta({ examples: ['Business Support'] }),
  position: z.number().int(),
  webhook_url: z.string(),
  connected: z.boolean(),
  logged_in: z.boolean(),
  enabled: z.literal(true),
  status: z.string().meta({ description: "The gateway's own word for the state", examples: ['CONNECTED'] }),
});

export function sessionView({ instance, webhookUrl }: Session, position = 0) {
  const { id, name, title, state } = instance;
  const number = sessionNumber(id);
  return {
    ...{ id: number, phone: state.phone ?? number, actual_phone: state.phone === null ? '' : userJid(state.phone) },
    ...{ name: title ?? name, position, webhook_url: webhookUrl ?? '' },
    ...{ connected: state.status === 'CONNECTED', logged_in: state.linked, enabled: true, status: state.status },
  };
}
