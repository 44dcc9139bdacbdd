import { DisconnectReason } from '../../lib/baileys/index.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import { isUnanswered } from './silence.ts';

/** WhatsApp's refusal of a message to somebody new: never tried again. */
export const REACHOUT_LIMITED = '463';

/** Does an error of Baileys say that the connection broke, or that nobody answered on it? */
export function isBroken(error: unknown): boolean {
  const code = (error as { output?: { statusCode?: number } } | undefined)?.output?.statusCode;
  return code === DisconnectReason.connectionClosed || isUnanswered(error);
}

/** A connection that broke meanwhile speaks for itself. */
export function notUploaded(error: unknown): never {
  if (isBroken(error)) throw error;
  throw new GatewayError('MESSAGE_SEND_FAILED', "WhatsApp's media host did not take the file.", {
    details: { reason: 'MEDIA_UPLOAD_FAILED' },
  });
}

/** WhatsApp's refusals by number. */
export function refused(code: string): GatewayError {
  const reason = code === REACHOUT_LIMITED ? 'REACHOUT_LIMITED' : 'REFUSED_BY_WHATSAPP';
  return new GatewayError('MESSAGE_SEND_FAILED', `WhatsApp refused the message (${code}).`, {
    details: { reason, whatsappCode: Number(code) },
  });
}
