import { createHash } from 'node:crypto';
import { decryptPollVote, normalizeMessageContent, type proto, type WAMessage } from '../../lib/baileys/index.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { OUT_SCOPE, type Party, receivedScope } from '../../lib/core/model/message.ts';
import { isGroupJid, LID_SERVER, USER_SERVER } from '../../lib/core/model/phone.ts';
import { addressOf } from './address.ts';
import { actOf } from './changes.ts';
import { namedId, pollOf } from './content.ts';
import { type NameBook, partyOf } from './parties.ts';
import { type EventWrite, type Telling, tell } from './tell.ts';

/** A vote that came in: which poll it is about. */
export interface PollVote {
  pollId: string;
  /** Scope of the poll's own message. */
  pollScope: string;
  creator: Party;
  vote: proto.Message.IPollEncValue;
}

/** A message as Baileys upserts it → the vote that it is, or undefined. */
export function pollVoteOf(message: WAMessage, book: NameBook, me: Party): PollVote | undefined {
  const update = normalizeMessageContent(message.message)?.pollUpdateMessage;
  const key = update?.pollCreationMessageKey;
  const pollId = namedId(key?.id);
  if (!update?.vote || !key || !pollId || !message.key.remoteJid) return undefined;
  const { remoteJid } = addressOf(message);
  const participant = isGroupJid(remoteJid) ? key.participant : undefined;
  const pollScope = key.fromMe ? OUT_SCOPE : receivedScope(remoteJid, participant);
  const creator = key.fromMe
    ? me
    : partyOf(book, participant ?? remoteJid, participant ? null : message.key.remoteJidAlt);
  return { pollId, pollScope, creator, vote: update.vote };
}

/** A vote → what is told of it. `poll`: what was kept, if it is known. */
export function voteEvents(
  telling: Telling,
  message: WAMessage,
  { pollId, creator, vote }: PollVote,
  poll: proto.IMessage | undefined,
  book: NameBook,
  me: Party,
): EventWrite[] {
  const { act, once } = actOf(telling, message, book, me);
  const optionHashes = poll ? chosen(vote, poll, pollId, creator, act.from) : null;
  const names = new Map((poll && pollOf(poll)?.options)?.map((name) => [sha256(name), name]));
  const options = optionHashes?.flatMap((hash) => names.get(hash) ?? []) ?? null;
  return [
    tell(telling, 'poll.vote', once('vote'), { ...act, messageId: publicMessageId(pollId), options, optionHashes }),
  ];
}

/** Either name of a person may have gone into the key; only the right ones decrypt. null: none did. */
function chosen(
  vote: proto.Message.IPollEncValue,
  poll: proto.IMessage,
  pollMsgId: string,
  creator: Party,
  voter: Party,
): string[] | null {
  const pollEncKey = poll.messageContextInfo?.messageSecret;
  if (!pollEncKey) return null;
  for (const pollCreatorJid of jidsOf(creator)) {
    for (const voterJid of jidsOf(voter)) {
      try {
        const { selectedOptions } = decryptPollVote(vote, { pollCreatorJid, pollMsgId, pollEncKey, voterJid });
        return (selectedOptions ?? []).slice(0, 20).map((hash) => Buffer.from(hash).toString('hex').slice(0, 64));
      } catch {}
    }
  }
  return null;
}

function jidsOf({ phone, lid }: Party): string[] {
  return [...(lid ? [`${lid}@${LID_SERVER}`] : []), ...(phone ? [`${phone}@${USER_SERVER}`] : [])];
}

function sha256(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
