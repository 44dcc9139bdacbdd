import { DisconnectReason } from '../../lib/baileys/index.ts';
import { GatewayError } from '../../lib/core/errors.ts';

/** A connection that broke meanwhile speaks for itself. */
export function notUploaded(error: unknown): never {
  const code = (error as { output?: { statusCode?: number } } | undefined)?.output?.statusCode;
  if (code === DisconnectReason.connectionClosed || code === DisconnectReason.timedOut) throw error;
  throw new GatewayError('MESSAGE_SEND_FAILED', "WhatsApp's media host did not take the file.", {
    details: { reason: 'MEDIA_UPLOAD_FAILED' },
  });
}

/** WhatsApp's refusals by number; 463 is the reach-out limit and is never tried again. */
export function refused(code: string): GatewayError {
  const reason = code === '463' ? 'REACHOUT_LIMITED' : 'REFUSED_BY_WHATSAPP';
  return new GatewayError('MESSAGE_SEND_FAILED', `WhatsApp refused the message (${code}).`, {
    details: { reason, whatsappCode: Number(code) },
  });
}
