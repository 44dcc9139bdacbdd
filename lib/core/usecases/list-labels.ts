import { notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Label } from '../model/chat.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { chatNames } from './chat-names.ts';

/** The labels of an instance, as its session has heard of them. @throws GatewayError PERMISSION_DENIED */
export async function listLabels(
  { chats }: Pick<Ports, 'chats'>,
  principal: Principal,
  { instance }: { instance: Instance },
): Promise<Label[]> {
  requirePermission(principal, 'label:read');
  requireReach(principal, instance);
  const labels = (await chats.listLabels(instance.id)).filter(({ deleted }) => !deleted);
  return labels.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

/** The labels on a chat; none on one that nobody has heard of. @throws GatewayError PERMISSION_DENIED */
export async function labelsOfChat(
  ports: Pick<Ports, 'chats' | 'people'>,
  principal: Principal,
  { instance, chat }: { instance: Instance; chat: string },
): Promise<Label[]> {
  const [labels, [name = chat], asked] = await Promise.all([
    listLabels(ports, principal, { instance }),
    chatNames(ports, instance, chat),
    ports.chats.getMany(instance.id, [chat]),
  ]);
  // A chat is kept under the first of its names, once both are known.
  const kept = name === chat ? [] : await ports.chats.getMany(instance.id, [name]);
  const on = new Set([...asked, ...kept].flatMap((row) => row.labels));
  return labels.filter(({ id }) => on.has(id));
}

/**
 * The labels on a message (WhatsApp's id), also on one that only the phone still has.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND for a message that is not there and has none
 */
export async function labelsOfMessage(
  ports: Pick<Ports, 'chats' | 'people' | 'messages'>,
  principal: Principal,
  { instance, chat, messageId }: { instance: Instance; chat: string; messageId: string },
): Promise<Label[]> {
  const [labels, names, message] = await Promise.all([
    listLabels(ports, principal, { instance }),
    chatNames(ports, instance, chat),
    ports.messages.get(instance.id, messageId),
  ]);
  const ids = labels.map(({ id }) => id);
  const found = await ports.chats.labelsOfMessage(instance.id, names[0] as string, messageId, ids);
  if (found.length === 0 && !(message && names.includes(message.chat))) throw notFound('message');
  return labels.filter(({ id }) => found.some(({ labelId }) => labelId === id));
}
