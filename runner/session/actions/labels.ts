import type { Label } from '../../../lib/core/model/chat.ts';
import type { ChangeAppState } from './app-state.ts';

/** What a business does with its labels, on all its devices. @throws what `createAppState` throws */
export interface LabelActions {
  /** Makes, changes or deletes: the label is as given. */
  save(label: Label): Promise<void>;
  putOnChat(jid: string, labelId: string, on: boolean): Promise<void>;
  /** `messageId`: WhatsApp's. */
  putOnMessage(jid: string, messageId: string, labelId: string, on: boolean): Promise<void>;
}

export function createLabelActions(change: ChangeAppState): LabelActions {
  return {
    save: ({ id, name, color, deleted }) => change({ addLabel: { id, name, color, deleted } }),
    putOnChat: (jid, labelId, on) => change(on ? { addChatLabel: { labelId } } : { removeChatLabel: { labelId } }, jid),
    putOnMessage: (jid, messageId, labelId, on) => {
      const label = { labelId, messageId };
      return change(on ? { addMessageLabel: label } : { removeMessageLabel: label }, jid);
    },
  };
}
