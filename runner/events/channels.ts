import { type BaileysEventMap, type BinaryNode, getAllBinaryNodeChildren } from '../../lib/baileys/index.ts';
import { bounded, chatJid, type NameBook, partyOf } from './parties.ts';
import { type EventWrite, type Telling, tell } from './tell.ts';

const MAX_NAME_LENGTH = 256;
const MAX_DESCRIPTION_LENGTH = 4_096;
const MAX_EMOJI_LENGTH = 64;
const MAX_ID_LENGTH = 64;
const MAX_GROUPS = 100;

/** A notification about a community that Baileys passes over → which groups came or went; [] for all others. */
export function communityEvents(telling: Telling, { attrs, content }: BinaryNode, book: NameBook): EventWrite[] {
  const change = Array.isArray(content) ? content.find(({ tag }) => tag === 'link' || tag === 'unlink') : undefined;
  if (!change || !attrs.from) return [];
  const groups = getAllBinaryNodeChildren(change).flatMap(({ attrs: { jid, id } }) => {
    const group = jid ?? (id?.includes('@') ? id : id && `${id}@g.us`);
    return group ? [group.slice(0, MAX_ID_LENGTH)] : [];
  });
  const communityId = chatJid(book, attrs.from);
  const data = {
    communityId,
    by: partyOf(book, attrs.participant, attrs.participant_pn),
    action: change.tag === 'link' ? ('group_linked' as const) : ('group_unlinked' as const),
    groups: groups.slice(0, MAX_GROUPS),
    timestampMs: Number(attrs.t) * 1000 || telling.nowMs,
  };
  return [tell(telling, 'community.updated', `community|${communityId}|${attrs.id}`, data)];
}

export function channelEvents(
  telling: Telling,
  { id, update }: BaileysEventMap['newsletter-settings.update'],
): EventWrite[] {
  const name = textIn(update?.name, MAX_NAME_LENGTH);
  const description = textIn(update?.description, MAX_DESCRIPTION_LENGTH);
  if (name === null && description === null) return [];
  return [tell(telling, 'channel.updated', undefined, { channelId: id.slice(0, MAX_ID_LENGTH), name, description })];
}

export function channelReactionEvents(
  telling: Telling,
  { id, server_id, reaction }: BaileysEventMap['newsletter.reaction'],
): EventWrite[] {
  const data = {
    channelId: id.slice(0, MAX_ID_LENGTH),
    serverId: String(server_id).slice(0, MAX_ID_LENGTH),
    emoji: bounded(reaction.code, MAX_EMOJI_LENGTH) || null,
  };
  return [tell(telling, 'channel.reaction', undefined, data)];
}

/** WhatsApp gives a text as it is, or in an object of its own. */
function textIn(value: unknown, maxLength: number): string | null {
  if (typeof value === 'string') return bounded(value, maxLength);
  const text = (value as { text?: unknown } | null | undefined)?.text;
  return typeof text === 'string' ? bounded(text, maxLength) : null;
}
