import { randomBytes } from 'node:crypto';
import type { Principal } from '../model/account.ts';
import { publicMessageId } from '../model/ids.ts';
import { requirePermission } from './access.ts';

const ID_BYTES = 9;

/** An id that no message has, of WhatsApp's own form. Nothing is kept of it. @throws GatewayError PERMISSION_DENIED */
export function newMessageId(principal: Principal): string {
  requirePermission(principal, 'status:send');
  return publicMessageId(`3EB0${randomBytes(ID_BYTES).toString('hex').toUpperCase()}`);
}
