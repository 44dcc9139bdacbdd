import { contactId } from '../../lib/core/model/message.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import type { GroupOp } from './vault-commits.ts';

let unnamed = 0;

/** A domain row as an op of a group commit: what identifies its row, and about how large it is. */
export function domainOp(write: SessionWrite): GroupOp {
  switch (write.kind) {
    case 'key':
      throw new Error('Keys are put, not enqueued.');
    case 'message':
      return op(`message|${write.id}|${write.scope}`, write, textBytes(write.set?.text ?? write.set?.edit?.text));
    case 'state':
      return op('state', write);
    case 'finish':
      return op(`finish|${write.commandId}`, write);
    case 'event': {
      unnamed += 1;
      return op(`event|${write.once ?? unnamed}`, write, textBytes(JSON.stringify(write.event.data)));
    }
    case 'sentProto':
      return op(`sentProto|${write.id}`, write, write.value.length);
    case 'merged':
      return op(`${write.row}|${write.id}`, write);
    case 'pair':
      return op(`pair|${write.pair.lid}`, write);
    case 'label':
      return op(`label|${write.label.id}`, write);
    case 'labelled':
      return op(`labelled|${Object.values(write.association).join('|')}`, write);
    case 'presence':
      return op(`presence|${write.seen.chat}|${contactId(write.seen)}`, write);
    default:
      return op(`${write.kind}|${write.id}`, write);
  }
}

function op(row: string, write: SessionWrite, bytes = 0): GroupOp {
  return { row, replaces: false, bytes: 1500 + bytes, render: () => write };
}

/** At most three bytes a UTF-16 unit. */
function textBytes(text: string | null | undefined): number {
  return (text?.length ?? 0) * 3;
}
