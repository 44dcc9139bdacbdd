import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Message } from '../model/message.ts';
import type { MessageFilter, Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';

/** Pages are reached by reading everything before them; beyond this many messages a cursor must be used. */
export const MAX_PAGED_MESSAGES = 5_000;

const SKIP_CHUNK = 500;

export interface ListMessagesInput {
  instance: Instance;
  filter: MessageFilter;
  /** From 1. Ignored when there is a cursor. */
  page: number;
  perPage: number;
  cursor?: string | undefined;
}

/**
 * Messages of the instance, newest first. `nextCursor` goes on where this page ends.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down
 */
export async function listMessages(
  ports: Pick<Ports, 'messages'>,
  principal: Principal,
  input: ListMessagesInput,
): Promise<Page<Message>> {
  requirePermission(principal, 'message:read');
  requireReach(principal, input.instance);
  const { instance, filter, perPage } = input;
  let cursor = input.cursor;
  let toSkip = cursor === undefined ? (input.page - 1) * perPage : 0;
  if (toSkip + perPage > MAX_PAGED_MESSAGES) {
    throw new GatewayError('VALIDATION_ERROR', `Pages end after ${MAX_PAGED_MESSAGES} messages. Go on with cursor.`);
  }
  while (toSkip > 0) {
    const skipped = await ports.messages.list(instance.id, filter, Math.min(toSkip, SKIP_CHUNK), cursor);
    if (skipped.nextCursor === null) return { items: [], nextCursor: null };
    toSkip -= skipped.items.length;
    cursor = skipped.nextCursor;
  }
  return ports.messages.list(instance.id, filter, perPage, cursor);
}
