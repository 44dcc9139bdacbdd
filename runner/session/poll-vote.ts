import { createHash, randomBytes } from 'node:crypto';
import {
  aesEncryptGCM,
  hmacSign,
  isLidUser,
  jidNormalizedUser,
  proto,
  type WAMessage,
} from '../../lib/baileys/index.ts';
import { GatewayError } from '../../lib/core/errors.ts';

/**
 * A vote, encrypted under the poll's own key for its creator and voters (the reverse of Baileys' `decryptPollVote`).
 * @throws GatewayError INVALID_STATE when the poll came without its key
 */
export function encryptVote(
  poll: WAMessage,
  options: readonly string[],
  me: { id: string; lid?: string | undefined },
): proto.IMessage {
  const secret = poll.message?.messageContextInfo?.messageSecret;
  const { id, remoteJid, participant, fromMe } = poll.key;
  if (!secret || !id || !remoteJid) {
    throw new GatewayError('INVALID_STATE', 'The key of this poll is not known.');
  }
  // Both sides derive the key from the names that the chat is addressed by.
  const other = participant ?? remoteJid;
  const own = jidNormalizedUser(isLidUser(other) && me.lid ? me.lid : me.id);
  const creator = fromMe ? own : jidNormalizedUser(other);
  const info = Buffer.concat([Buffer.from(`${id}${creator}${own}Poll Vote`), Buffer.from([1])]);
  const key = hmacSign(info, hmacSign(Buffer.from(secret), Buffer.alloc(32), 'sha256'), 'sha256');
  const selectedOptions = options.map((option) => createHash('sha256').update(option).digest());
  const vote = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish();
  const encIv = randomBytes(12);
  const encPayload = aesEncryptGCM(vote, key, encIv, Buffer.from(`${id}\u0000${own}`));
  return {
    pollUpdateMessage: {
      pollCreationMessageKey: poll.key,
      vote: { encPayload, encIv },
      senderTimestampMs: Date.now(),
    },
  };
}
