import { deflateSync } from 'node:zlib';
import { type BinaryNode, encodeWAMessage, generateMessageIDV2, proto } from '../lib/baileys/index.ts';
import type { Account, Device, Group } from './directory.ts';
import { takeBundle } from './iq/keys.ts';
import type { Network } from './network.ts';
import type { PhoneSignal } from './phone-signal.ts';
import { type AddressMode, isGroupJid, modeOf, node, SandboxError } from './wire.ts';

/** What composing a stanza needs to know of the phone. */
export interface Sender {
  readonly network: Network;
  readonly signal: PhoneSignal;
  readonly account: Account;
}

/** Encrypts a message for one device, starting a session when there is none. Call it inside a Signal unit. */
export async function encryptFor(sender: Sender, device: Device, message: proto.IMessage): Promise<BinaryNode> {
  const { signal, network } = sender;
  if (!(await signal.hasSession(device))) {
    const bundle = network.state.transaction(() => takeBundle(network, device));
    if (!bundle) throw new SandboxError(409, `${device.jid('pn')} has published no keys`);
    await signal.startSession(device, bundle);
  }
  const data = encodeWAMessage(message);
  const { type, ciphertext } = await signal.repository.encryptMessage({ jid: device.jid('lid'), data });
  return node('enc', { v: '2', type }, ciphertext);
}

/** Composes a message to a user or a group. @throws SandboxError 404 for unknown users and groups */
export async function composeMessage(
  sender: Sender,
  to: string,
  id: string,
  message: proto.IMessage,
): Promise<BinaryNode> {
  if (isGroupJid(to)) return composeGroupMessage(sender, to, id, message);
  const peer = sender.network.directory.account(to);
  if (!peer) throw new SandboxError(404, `${to} is not on the simulated WhatsApp`);
  const mode = modeOf(to);
  const participants: BinaryNode[] = [];
  for (const device of peer.devices.values()) {
    if (device.account === sender.account && device.isPhone) continue;
    participants.push(node('to', { jid: device.jid(mode) }, [await encryptFor(sender, device, message)]));
  }
  if (peer !== sender.account) {
    const copy = { deviceSentMessage: { destinationJid: to, message } };
    for (const device of sender.account.companions) {
      participants.push(node('to', { jid: device.jid(mode) }, [await encryptFor(sender, device, copy)]));
    }
  }
  return node('message', { to, id, type: stanzaType(message) }, [node('participants', {}, participants)]);
}

/** Composes a message of the phone to a device of its own account: keys, history, requests. */
export async function composePeerMessage(
  sender: Sender,
  device: Device,
  protocolMessage: proto.Message.IProtocolMessage,
): Promise<BinaryNode> {
  const encrypted = await encryptFor(sender, device, { protocolMessage });
  return node('message', { to: device.jid('pn'), id: generateMessageIDV2(), type: 'text', category: 'peer' }, [
    encrypted,
  ]);
}

/** Composes a message again for the one device that could not read it. */
export async function composeResend(
  sender: Sender,
  device: Device,
  sent: { id: string; to: string; message: proto.IMessage },
  count: number,
): Promise<BinaryNode> {
  const { network, signal, account } = sender;
  const { id, to } = sent;
  const group = network.groups.get(to);
  const own = device.account === account;
  let message: proto.IMessage = sent.message;
  if (group) {
    const skdm = await signal.repository.getSenderKeyDistributionMessage({
      group: to,
      meId: account.phone.jid('lid'),
    });
    message = { ...message, senderKeyDistributionMessage: senderKeyMessage(to, skdm) };
  } else if (own) {
    message = { deviceSentMessage: { destinationJid: to, message } };
  }
  const encrypted = await encryptFor(sender, device, message);
  encrypted.attrs.count = String(count);
  const type = stanzaType(sent.message);
  if (group) {
    const mode = group.record.mode;
    return node('message', { to, participant: device.jid(mode), id, type, addressing_mode: mode }, [encrypted]);
  }
  const attrs = { to: device.jid(modeOf(to)), id, type, device_fanout: 'false', recipient: own ? to : undefined };
  return node('message', attrs, [encrypted]);
}

/** What a phone gives to a newly linked device: its app-state key, then a history (of nothing so far). */
export function welcomeMessages(sender: Sender): proto.Message.IProtocolMessage[] {
  const { appStateKeyId, appStateKey } = sender.signal.credentials;
  const { account } = sender;
  const { ProtocolMessage, HistorySyncType } = { ...proto.Message, ...proto.HistorySync };
  const keyShare: proto.Message.IProtocolMessage = {
    type: ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE,
    appStateSyncKeyShare: {
      keys: [
        {
          keyId: { keyId: appStateKeyId },
          keyData: {
            keyData: appStateKey,
            fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] },
            timestamp: Date.now(),
          },
        },
      ],
    },
  };
  const history = (sync: proto.IHistorySync): proto.Message.IProtocolMessage => ({
    type: ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
    historySyncNotification: {
      syncType: sync.syncType as unknown as proto.Message.HistorySyncType,
      chunkOrder: 1,
      progress: 100,
      initialHistBootstrapInlinePayload: deflateSync(proto.HistorySync.encode(sync).finish()),
    },
  });
  const ownMapping = { pnJid: account.jid('pn'), lidJid: account.jid('lid') };
  return [
    keyShare,
    history({
      syncType: HistorySyncType.INITIAL_BOOTSTRAP,
      conversations: [],
      phoneNumberToLidMappings: [ownMapping],
    }),
    history({ syncType: HistorySyncType.PUSH_NAME, pushnames: [] }),
    history({ syncType: HistorySyncType.RECENT, conversations: [], progress: 100 }),
  ];
}

async function composeGroupMessage(
  sender: Sender,
  groupId: string,
  id: string,
  message: proto.IMessage,
): Promise<BinaryNode> {
  const { network, signal, account } = sender;
  const group = network.groups.get(groupId);
  if (!group) throw new SandboxError(404, `there is no group ${groupId}`);
  if (!group.record.participants.has(account.number)) throw new SandboxError(409, `not a member of ${groupId}`);
  const { mode } = group.record;
  const members = memberDevices(network, group, account.phone);
  const present = new Set(members.map((device) => device.jid('lid')));
  let holders = new Set(signal.sharedSenderKeyWith(groupId));
  if ([...holders].some((jid) => !present.has(jid))) {
    // Someone left who could still read: a new key, for those who are here now.
    holders = new Set();
    signal.setSenderKeySharing(groupId, holders);
  }
  const { ciphertext, senderKeyDistributionMessage } = await signal.repository.encryptGroupMessage({
    group: groupId,
    meId: account.phone.jid('lid'),
    data: encodeWAMessage(message),
  });
  const participants: BinaryNode[] = [];
  for (const device of members) {
    if (holders.has(device.jid('lid'))) continue;
    holders.add(device.jid('lid'));
    const keyMessage = { senderKeyDistributionMessage: senderKeyMessage(groupId, senderKeyDistributionMessage) };
    participants.push(node('to', { jid: device.jid(mode) }, [await encryptFor(sender, device, keyMessage)]));
  }
  if (holders.size > 0) signal.setSenderKeySharing(groupId, holders);
  return node('message', { to: groupId, id, type: stanzaType(message), addressing_mode: mode }, [
    ...(participants.length > 0 ? [node('participants', {}, participants)] : []),
    node('enc', { v: '2', type: 'skmsg' }, ciphertext),
  ]);
}

function memberDevices(network: Network, group: Group, except: Device): Device[] {
  return [...group.record.participants.keys()]
    .flatMap((number) => [...(network.directory.find(number)?.devices.values() ?? [])])
    .filter((device) => device !== except);
}

const senderKeyMessage = (groupId: string, key: Uint8Array): proto.Message.ISenderKeyDistributionMessage => ({
  groupId,
  axolotlSenderKeyDistributionMessage: key,
});

function stanzaType(message: proto.IMessage): string {
  if (message.reactionMessage) return 'reaction';
  if (message.pollCreationMessage || message.pollCreationMessageV3 || message.pollUpdateMessage) return 'poll';
  const media = message.imageMessage ?? message.videoMessage ?? message.audioMessage ?? message.documentMessage;
  return media || message.stickerMessage ? 'media' : 'text';
}

/** The JID of a recipient given as digits or as a JID. */
export const recipientJid = (to: string, mode: AddressMode = 'pn'): string =>
  to.includes('@') ? to : `${to}@${mode === 'lid' ? 'lid' : 's.whatsapp.net'}`;
