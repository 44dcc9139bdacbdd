import { normalizeMessageContent, type proto, type WAMessage } from '../../lib/baileys/index.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import type { Party } from '../../lib/core/model/message.ts';
import { actOf } from './changes.ts';
import { namedId, textOf } from './content.ts';
import { bounded, type NameBook } from './parties.ts';
import { type EventWrite, type Telling, tell } from './tell.ts';

/** What somebody chose from a list or buttons. */
export interface Selection {
  optionId: string;
  title: string | null;
  source: 'list' | 'buttons' | 'number';
  /** WhatsApp's id of the message that offers it, where the answer names it. */
  offeredIn: string | undefined;
}

const MAX_OPTION_LENGTH = 200;
const MAX_TITLE_LENGTH = 256;

/** An answer to a native list or native buttons; undefined for anything else. Pure. */
export function selectionOf(message: WAMessage): Selection | undefined {
  const content = normalizeMessageContent(message.message);
  const {
    listResponseMessage: list,
    buttonsResponseMessage: button,
    templateButtonReplyMessage: template,
  } = {
    ...content,
  };
  const flow = content?.interactiveResponseMessage;
  if (list?.singleSelectReply?.selectedRowId) {
    return chosen(list.singleSelectReply.selectedRowId, list.title, 'list', list.contextInfo);
  }
  if (button?.selectedButtonId) {
    return chosen(button.selectedButtonId, button.selectedDisplayText, 'buttons', button.contextInfo);
  }
  if (template?.selectedId) {
    return chosen(template.selectedId, template.selectedDisplayText, 'buttons', template.contextInfo);
  }
  const id = idOfFlow(flow?.nativeFlowResponseMessage?.paramsJson);
  if (!flow || id === undefined) return undefined;
  const source = flow.nativeFlowResponseMessage?.name === 'single_select' ? 'list' : 'buttons';
  return chosen(id, flow.body?.text, source, flow.contextInfo);
}

/** A text that is nothing but a number, and the message that it answers. Pure. */
export function numberOf(message: WAMessage): { number: number; answers: string | undefined } | undefined {
  const content = normalizeMessageContent(message.message);
  if (message.key.fromMe || (!content?.conversation && !content?.extendedTextMessage)) return undefined;
  const digits = /^\s*(\d{1,3})\s*[.)]?\s*$/.exec(textOf(content) ?? '')?.[1];
  if (digits === undefined) return undefined;
  return { number: Number(digits), answers: namedId(content.extendedTextMessage?.contextInfo?.stanzaId) };
}

export function selectionEvent(
  telling: Telling,
  message: WAMessage,
  { optionId, title, source, offeredIn }: Selection,
  book: NameBook,
  me: Party,
): EventWrite {
  const { act, once } = actOf(telling, message, book, me);
  return tell(telling, 'message.selection', once('selection'), {
    ...act,
    messageId: offeredIn === undefined ? null : publicMessageId(offeredIn),
    replyMessageId: publicMessageId(message.key.id ?? ''),
    ...{ optionId, title, source },
  });
}

function chosen(
  optionId: string,
  title: string | null | undefined,
  source: Selection['source'],
  context: proto.IContextInfo | null | undefined,
): Selection {
  return {
    optionId: optionId.slice(0, MAX_OPTION_LENGTH),
    title: bounded(title, MAX_TITLE_LENGTH),
    source,
    offeredIn: namedId(context?.stanzaId),
  };
}

function idOfFlow(json: string | null | undefined): string | undefined {
  if (!json || json.length > 4_096) return undefined;
  try {
    const { id } = JSON.parse(json) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
