import type { Principal } from '../model/account.ts';
import type { Chat } from '../model/chat.ts';
import type { Instance } from '../model/instance.ts';
import type { Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { type PageInput, readPage } from './read-page.ts';

export interface ListLabelledChatsInput extends PageInput {
  instance: Instance;
  labelId: string;
}

/**
 * The chats that a label is on, in no order that means anything; those with a labelled message only are not among them.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down
 */
export async function listLabelledChats(
  { chats }: Pick<Ports, 'chats'>,
  principal: Principal,
  { instance, labelId, ...page }: ListLabelledChatsInput,
): Promise<Page<Chat>> {
  requirePermission(principal, 'label:read');
  requireReach(principal, instance);
  return readPage(async (limit, cursor) => {
    const found = await chats.listLabelled(instance.id, labelId, Math.min(limit, 100), cursor);
    const ids = found.items.flatMap(({ chat, messageId }) => (messageId === null ? [chat] : []));
    const rows = await chats.getMany(instance.id, ids);
    // What the row says is what holds: it changes in one commit with the label.
    const items = ids.flatMap((id) => rows.find((row) => row.id === id && row.labels.includes(labelId)) ?? []);
    return { items, nextCursor: found.nextCursor };
  }, page);
}
