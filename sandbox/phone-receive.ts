import { type BinaryNode, proto, unpadRandomMax16 } from '../lib/baileys/index.ts';
import type { Account } from './directory.ts';
import type { Network } from './network.ts';
import { type ReceivedMessage, textOf, typeOf } from './phone-inbox.ts';
import type { PhoneSignal, PreKeyBundle } from './phone-signal.ts';
import {
  bytesOf,
  childBytes,
  childOf,
  childrenNamed,
  isGroupJid,
  node,
  nowSeconds,
  readUint,
  writeUint,
} from './wire.ts';

/** A message after decryption; `shown` is undefined when there is nothing for a person to see. */
export interface Decrypted {
  readonly own: boolean;
  readonly shown: Omit<ReceivedMessage, 'index'> | undefined;
}

/**
 * Decrypts a message stanza, taking in the sender keys it carries. Call it inside a Signal unit.
 * @throws whatever libsignal throws when it cannot be read
 */
export async function decryptMessage(
  network: Network,
  signal: PhoneSignal,
  account: Account,
  stanza: BinaryNode,
): Promise<Decrypted> {
  const { from = '', participant, category } = stanza.attrs;
  if (from.endsWith('@newsletter')) return readPost(stanza, from);
  const author = network.directory.device(participant ?? from);
  if (!author) throw new Error(`unknown author ${participant ?? from}`);
  const authorLid = author.jid('lid');
  let content: proto.IMessage = {};
  let destination: string | undefined;
  for (const enc of childrenNamed(stanza, 'enc')) {
    const ciphertext = bytesOf(enc);
    const padded =
      enc.attrs.type === 'skmsg'
        ? await signal.repository.decryptGroupMessage({ group: from, authorJid: authorLid, msg: ciphertext })
        : await signal.repository.decryptMessage({
            jid: authorLid,
            type: enc.attrs.type === 'pkmsg' ? 'pkmsg' : 'msg',
            ciphertext,
          });
    const decoded = proto.Message.decode(unpadRandomMax16(padded));
    const copy = decoded.deviceSentMessage;
    if (copy?.destinationJid) destination = copy.destinationJid;
    const message = copy?.message ?? decoded;
    const senderKey = message.senderKeyDistributionMessage;
    if (senderKey) {
      await signal.repository.processSenderKeyDistributionMessage({ authorJid: authorLid, item: senderKey });
    }
    content = { ...content, ...message };
  }
  const own = author.account === account;
  const type = typeOf(content);
  if (category === 'peer' || type === undefined) return { own, shown: undefined };
  const otherParty = own ? network.directory.account(destination ?? stanza.attrs.recipient) : author.account;
  return {
    own,
    shown: {
      id: stanza.attrs.id ?? '',
      from: isGroupJid(from) ? from : withoutDevice(from),
      chat: isGroupJid(from) ? from : (otherParty ?? author.account).jid('pn'),
      author: author.account.jid('pn'),
      own,
      text: textOf(content),
      type,
      timestamp: Number(stanza.attrs.t ?? nowSeconds()),
      message: content,
      attrs: stanza.attrs,
    },
  };
}

/** A post of a channel, which is not encrypted. */
function readPost(stanza: BinaryNode, from: string): Decrypted {
  const message = proto.Message.decode(childBytes(stanza, 'plaintext'));
  const { id = '', t } = stanza.attrs;
  const shown = {
    ...{ id, from, chat: from, author: from, own: false, message, attrs: stanza.attrs },
    ...{ text: textOf(message), type: typeOf(message) ?? 'text', timestamp: Number(t ?? nowSeconds()) },
  };
  return { own: false, shown };
}

/**
 * The receipt a phone answers a message with. Copies of own messages are receipted to the device that sent them,
 * everything else to the chat.
 * @param type undefined for "delivered", else `read`, `sender`, `peer_msg`
 */
export function receiptFor(attrs: Readonly<Record<string, string>>, type?: string): BinaryNode {
  const { id, from, participant, recipient } = attrs;
  if (type === 'sender') return node('receipt', { id, to: from, recipient, participant, type });
  return node('receipt', { id, to: from, participant, type, t: type === 'read' ? nowSeconds() : undefined });
}

/** Asks the sending device for a message again, offering it a fresh bundle to start over with. */
export function retryReceiptFor(stanza: BinaryNode, bundle: PreKeyBundle, count: number): BinaryNode {
  const { id, from, participant, recipient, t } = stanza.attrs;
  const { preKey, signedPreKey } = bundle;
  return node('receipt', { id, to: from, participant, recipient, type: 'retry' }, [
    node('retry', { count: String(count), id, t, v: '1', error: '0' }),
    node('registration', {}, writeUint(bundle.registrationId, 4)),
    node('keys', {}, [
      node('type', {}, Buffer.from([5])),
      node('identity', {}, bundle.identity),
      ...(preKey ? [node('key', {}, [node('id', {}, writeUint(preKey.id, 3)), node('value', {}, preKey.value)])] : []),
      node('skey', {}, [
        node('id', {}, writeUint(signedPreKey.id, 3)),
        node('value', {}, signedPreKey.value),
        node('signature', {}, signedPreKey.signature),
      ]),
    ]),
  ]);
}

/** The bundle that came with a retry receipt; undefined when the device sent none. */
export function bundleOfRetry(receipt: BinaryNode): PreKeyBundle | undefined {
  const keys = childOf(receipt, 'keys');
  const signed = childOf(keys, 'skey');
  if (!keys || !signed) return undefined;
  const oneTime = childOf(keys, 'key');
  return {
    registrationId: readUint(childBytes(receipt, 'registration')),
    identity: childBytes(keys, 'identity'),
    signedPreKey: {
      id: readUint(childBytes(signed, 'id')),
      value: childBytes(signed, 'value'),
      signature: childBytes(signed, 'signature'),
    },
    ...(oneTime ? { preKey: { id: readUint(childBytes(oneTime, 'id')), value: childBytes(oneTime, 'value') } } : {}),
  };
}

const withoutDevice = (jid: string): string => jid.replace(/:\d+(?=@)/, '');
