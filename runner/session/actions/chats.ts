import type { LastMessageList } from '../../../lib/baileys/index.ts';
import type { LastMessage } from '../../../lib/core/model/chat.ts';
import { chatJid } from '../../events/parties.ts';
import type { ChangeAppState } from './app-state.ts';
import type { ActionDeps } from './deps.ts';

/**
 * What the person may do with a chat, on all their devices. `newest` is its last message, which WhatsApp wants named:
 * what came after it is not meant. @throws what `createAppState` throws
 */
export interface ChatActions {
  /** The JID that a chat is kept under: by phone number where known. */
  idOf(jid: string): string;
  archive(jid: string, archived: boolean, newest: LastMessage | null): Promise<void>;
  pin(jid: string, pinned: boolean): Promise<void>;
  /** `untilMs`: ms since epoch, -1 for ever, null: not at all. */
  mute(jid: string, untilMs: number | null): Promise<void>;
  markRead(jid: string, read: boolean, newest: LastMessage | null): Promise<void>;
  clear(jid: string, newest: LastMessage | null): Promise<void>;
  remove(jid: string, newest: LastMessage | null): Promise<void>;
}

export function createChatActions(deps: ActionDeps, change: ChangeAppState): ChatActions {
  const range = (newest: LastMessage | null) => rangeOf(newest, deps.clock());
  return {
    idOf: (jid) => chatJid(deps.names, jid),
    archive: (jid, archive, newest) => change({ archive, lastMessages: range(newest) }, jid),
    pin: (jid, pin) => change({ pin }, jid),
    mute: (jid, untilMs) => change({ mute: untilMs }, jid),
    markRead: (jid, read, newest) => change({ markRead: read, lastMessages: range(newest) }, jid),
    clear: (jid, newest) => change({ clear: true, lastMessages: range(newest) }, jid),
    remove: (jid, newest) => change({ delete: true, lastMessages: range(newest) }, jid),
  };
}

/** Everything up to the newest message, or up to now where none is known. */
function rangeOf(newest: LastMessage | null, nowMs: number): LastMessageList {
  const timestamp = Math.floor((newest?.timestampMs ?? nowMs) / 1000);
  if (!newest) return { lastMessageTimestamp: timestamp };
  const { id, fromMe, address } = newest;
  return { lastMessageTimestamp: timestamp, messages: [{ key: { ...address, id, fromMe }, timestamp }] };
}
