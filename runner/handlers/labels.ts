import { GatewayError, notFound } from '../../lib/core/errors.ts';
import type { Label } from '../../lib/core/model/chat.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { tell } from '../events/tell.ts';
import type { Handler, HandlerContext } from './index.ts';

/** WhatsApp's own labels have the first ids. */
const FIRST_ID = 1;

/**
 * WhatsApp's label names are unique. On a repeat the first run may have made it: it is taken for ours.
 * The next id follows from what is stored, so it is the same one as long as the first attempt was not stored.
 */
export const createLabel: Handler<'label.create'> = async (context, { name, color }) => {
  const labels = await context.chats.listLabels(context.command.instanceId);
  const namesake = labels.find((label) => !label.deleted && label.name === name);
  if (namesake && !context.isRepeat) {
    throw new GatewayError('RESOURCE_ALREADY_EXISTS', 'There is a label of this name already.', {
      details: { labelId: namesake.id },
    });
  }
  const last = Math.max(FIRST_ID - 1, ...labels.map(({ id }) => Number(id)).filter(Number.isSafeInteger));
  return saved(context, { id: namesake?.id ?? String(last + 1), name, color, deleted: false });
};

export const updateLabel: Handler<'label.update'> = async (context, { labelId, name, color }) => {
  const label = await labelOf(context, labelId);
  return saved(context, { ...label, name: name ?? label.name, color: color ?? label.color });
};

export const deleteLabel: Handler<'label.delete'> = async (context, { labelId }) => {
  const label = await labelOf(context, labelId);
  const { writes } = await saved(context, { ...label, deleted: true });
  return { output: { labelId }, writes };
};

export const setLabelsOfChat: Handler<'label.setOfChat'> = async (context, { chat, labelIds }) => {
  const { session, chats, command } = context;
  const id = session.chats.idOf(chat);
  const [row] = await Promise.all([chats.get(command.instanceId, id), requireLabels(context, labelIds)]);
  if (!row && !isGroupJid(id)) await session.contacts.requireKnown(id);
  const changes = difference(row?.labels ?? [], labelIds);
  for (const { labelId, on } of changes) await session.labels.putOnChat(id, labelId, on);
  const labels = Object.fromEntries(changes.map(({ labelId, on }) => [labelId, on]));
  const chatWrite: SessionWrite[] = changes.length > 0 ? [{ kind: 'chat', id, set: {}, labels }] : [];
  const writes = changes.flatMap((change) => associated(context, id, null, change));
  return { output: { chat: id, labelIds: [...new Set(labelIds)] }, writes: [...chatWrite, ...writes] };
};

export const setLabelsOfMessage: Handler<'label.setOfMessage'> = async (context, { chat, messageId, labelIds }) => {
  const { session, chats, messages, command } = context;
  const id = session.chats.idOf(chat);
  const [message, labels] = await Promise.all([
    messages.get(command.instanceId, messageId),
    requireLabels(context, labelIds),
  ]);
  if (!message || session.chats.idOf(message.chat) !== id) throw notFound('message');
  const known = labels.map((label) => label.id);
  const on = await chats.labelsOfMessage(command.instanceId, id, messageId, known);
  const changes = difference(
    on.map((association) => association.labelId),
    labelIds,
  );
  for (const change of changes) await session.labels.putOnMessage(id, messageId, change.labelId, change.on);
  return {
    output: { chat: id, messageId: publicMessageId(messageId), labelIds: [...new Set(labelIds)] },
    writes: changes.flatMap((change) => associated(context, id, messageId, change)),
  };
};

async function labelOf({ chats, command }: HandlerContext, labelId: string): Promise<Label> {
  const label = (await chats.listLabels(command.instanceId)).find(({ id, deleted }) => id === labelId && !deleted);
  if (!label) throw notFound('label');
  return label;
}

/** All labels that there are. @throws GatewayError RESOURCE_NOT_FOUND when one of the ids is none's */
async function requireLabels({ chats, command }: HandlerContext, labelIds: readonly string[]): Promise<Label[]> {
  const labels = (await chats.listLabels(command.instanceId)).filter(({ deleted }) => !deleted);
  if (!labelIds.every((id) => labels.some((label) => label.id === id))) throw notFound('label');
  return labels;
}

async function saved(context: HandlerContext, label: Label) {
  await context.session.labels.save(label);
  const { id: labelId, name, color, deleted } = label;
  const told = { labelId, name, color, isDeleted: deleted };
  const writes: SessionWrite[] = [{ kind: 'label', label }, tell(telling(context), 'label.updated', undefined, told)];
  return { output: { labelId, name, color }, writes };
}

interface Change {
  labelId: string;
  on: boolean;
}

function difference(before: readonly string[], after: readonly string[]): Change[] {
  return [
    ...[...new Set(after)].filter((id) => !before.includes(id)).map((labelId) => ({ labelId, on: true })),
    ...before.filter((id) => !after.includes(id)).map((labelId) => ({ labelId, on: false })),
  ];
}

function associated(context: HandlerContext, chat: string, messageId: string | null, change: Change): SessionWrite[] {
  const { labelId, on } = change;
  const told = { labelId, chat, messageId: messageId && publicMessageId(messageId) };
  return [
    { kind: 'labelled', association: { labelId, chat, messageId }, on },
    tell(telling(context), 'label.association', undefined, { ...told, action: on ? 'add' : 'remove' }),
  ];
}

function telling({ command, clock }: HandlerContext) {
  return { instanceId: command.instanceId, nowMs: clock() };
}
