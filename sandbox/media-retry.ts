import { randomBytes } from 'node:crypto';
import { aesEncryptGCM, type BinaryNode, hkdf, proto } from '../lib/baileys/index.ts';
import type { Device } from './directory.ts';
import type { Network } from './network.ts';
import { carrierOf } from './phone-media.ts';
import { childOf, node, nowSeconds, SandboxError } from './wire.ts';

const { ResultType } = proto.MediaRetryNotification;

/**
 * Takes the file of a message off the media host, as WhatsApp does after some weeks.
 * @param everywhere the phone has deleted it too
 * @throws SandboxError 404 when the phone knows no such file
 */
export function expireMedia(network: Network, number: string, id: string, everywhere: boolean): void {
  const path = pathOf(network, number, id);
  if (!path || !network.options.media?.expire(path, everywhere)) {
    throw new SandboxError(404, `${number} has no file of a message ${id}`);
  }
}

/**
 * Answers a device that asks for a file again: the account's own phone uploads it anew, if it has it, and says where.
 * The answer is encrypted under the file's own key.
 */
export function answerMediaRetry(network: Network, sender: Device, receipt: BinaryNode): void {
  const { id = '' } = receipt.attrs;
  const rmr = childOf(receipt, 'rmr');
  const message = network.phone(sender.account.number).inbox.find(id)?.message;
  const mediaKey = message && carrierOf(message)?.[1]?.mediaKey;
  const path = pathOf(network, sender.account.number, id);
  const directPath = path && network.options.media?.restore(path);
  const attrs = { type: 'mediaretry', id, from: sender.account.jid('pn'), t: nowSeconds() };
  const about = node('rmr', { ...rmr?.attrs });
  if (!mediaKey || !directPath) {
    network.deliver(
      sender,
      node('notification', attrs, [about, node('error', { code: String(ResultType.NOT_FOUND) })]),
    );
    return;
  }
  const answer = proto.MediaRetryNotification.encode({ stanzaId: id, directPath, result: ResultType.SUCCESS }).finish();
  const iv = randomBytes(12);
  const key = hkdf(mediaKey, 32, { info: 'WhatsApp Media Retry Notification' });
  const encrypted = aesEncryptGCM(answer, key, iv, Buffer.from(id));
  const parts = [node('enc_p', {}, encrypted), node('enc_iv', {}, iv)];
  network.deliver(sender, node('notification', attrs, [node('encrypt', {}, parts), about]));
}

function pathOf(network: Network, number: string, id: string): string | undefined {
  const message = network.phone(number).inbox.find(id)?.message;
  return (message && carrierOf(message)?.[1]?.directPath) ?? undefined;
}
