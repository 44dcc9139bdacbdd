import type { BinaryNode } from '../lib/baileys/index.ts';
import type { Account, Device, Group } from './directory.ts';
import { answerMediaRetry } from './media-retry.ts';
import type { Network } from './network.ts';
import { type Newsletter, publish, react } from './newsletters.ts';
import { bytesOf, childOf, childrenNamed, childrenOf, isGroupJid, modeOf, node, nowSeconds } from './wire.ts';

/** Parts of a message that are the server's business or go to some devices only. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  'participants',
  'enc',
  'device-identity',
  'tctoken',
  'cstoken',
  'reporting',
]);

/** An outgoing message taken apart. */
interface Outgoing {
  readonly sender: Device;
  readonly attrs: Record<string, string>;
  /** The `<enc>` at the top level: a group's shared ciphertext, or a resend for exactly one device. */
  readonly shared: BinaryNode[];
  /** `<to jid>` elements with one ciphertext for each device. */
  readonly perDevice: BinaryNode[];
  readonly deviceIdentity: BinaryNode | undefined;
  readonly forwarded: BinaryNode[];
}

/**
 * Takes a message for relay: acknowledges it (or refuses it with an error), then hands every device its ciphertext.
 * The acknowledgement means the server has it, not that anyone else does.
 */
export function handleMessage(network: Network, sender: Device, stanza: BinaryNode): void {
  const { to = '' } = stanza.attrs;
  const error = refusalOf(network, sender, stanza);
  if (error !== undefined) {
    acknowledge(network, sender, stanza, error);
    return;
  }
  const newsletter = network.newsletters.get(to);
  if (newsletter) {
    relayToNewsletter(network, newsletter, sender, stanza);
    return;
  }
  acknowledge(network, sender, stanza);
  network.emit('message', sender, stanza);
  const outgoing: Outgoing = {
    sender,
    attrs: stanza.attrs,
    shared: childrenNamed(stanza, 'enc'),
    perDevice: childrenNamed(childOf(stanza, 'participants'), 'to'),
    deviceIdentity: childOf(stanza, 'device-identity'),
    forwarded: childrenOf(stanza).filter((child) => !NOT_FORWARDED.has(child.tag)),
  };
  const group = network.groups.get(to);
  if (group) relayToGroup(network, group, outgoing);
  else if (to === 'status@broadcast') relayStatus(network, outgoing);
  else relayToUser(network, outgoing);
}

/**
 * Takes a receipt. It acknowledges the message it is about, and is passed on: delivery and read receipts to all devices
 * of the author, retry receipts and those among own devices to one device.
 */
export function handleReceipt(network: Network, sender: Device, stanza: BinaryNode): void {
  const { id = '', to = '', type, participant, recipient } = stanza.attrs;
  const list = childOf(stanza, 'list');
  // A retry receipt is followed by a negative ack, which is what takes the message off the queue.
  if (type !== 'retry') {
    for (const each of [id, ...childrenNamed(list, 'item').map((item) => item.attrs.id)]) {
      sender.queue.acknowledge('message', { id: each });
    }
  }
  acknowledge(network, sender, stanza);
  network.count(`receipts:${type ?? 'delivery'}`);
  network.emit('receipt', sender, stanza);
  if (type === 'server-error' && childOf(stanza, 'rmr')) answerMediaRetry(network, sender, stanza);
  if (type === 'peer_msg' || type === 'hist_sync' || type === 'server-error' || type === 'inactive') return;

  const content = type === 'retry' ? stanza.content : list ? [list] : undefined;
  const forward = (device: Device | undefined, attrs: Record<string, string | undefined>) => {
    if (device && device !== sender)
      network.deliver(device, node('receipt', { id, t: nowSeconds(), ...attrs }, content));
  };
  if (isGroupJid(to) || to === 'status@broadcast') {
    const mode = modeOf(participant ?? to);
    if (type === 'retry') {
      forward(network.directory.device(participant), { from: to, participant: sender.jid(mode), type });
      return;
    }
    const author = network.directory.account(participant);
    for (const device of author?.devices.values() ?? []) {
      forward(device, { from: to, participant: sender.account.jid(mode), type });
    }
    return;
  }
  const mode = modeOf(to);
  const peer = network.directory.account(to);
  if (!peer) return;
  // Baileys merges updates that arrive together, the last one wins: "own phone has it" would undo "delivered".
  if (type === 'sender' && network.recentDeliveries.has(id)) return;
  if (type === undefined) network.recentDeliveries.add(id);
  if (type === 'sender' || type === 'retry') {
    const own = peer === sender.account;
    forward(network.directory.device(to), {
      from: sender.jid(mode),
      recipient: own ? recipient : undefined,
      type,
    });
    return;
  }
  if (type !== 'read-self') {
    for (const device of peer.devices.values()) forward(device, { from: sender.account.jid(mode), participant, type });
  }
  if (type !== 'read' && type !== 'read-self') return;
  for (const device of sender.account.companions) {
    forward(device, { from: sender.jid(mode), recipient: peer.jid(mode), type: 'read-self' });
  }
}

/** Acknowledges a stanza of a linked device, unless a fault says otherwise. Phones need no acknowledgement. */
export function acknowledge(
  network: Network,
  sender: Device,
  stanza: BinaryNode,
  error?: number,
  serverId?: string,
): void {
  if (sender.isPhone) return;
  const { id, to, type, participant } = stanza.attrs;
  const isMessage = stanza.tag === 'message';
  const ack = node('ack', {
    class: stanza.tag,
    id,
    from: to,
    t: nowSeconds(),
    type: isMessage ? undefined : type,
    participant,
    server_id: serverId,
    error: error === undefined ? undefined : String(error),
  });
  const { number } = sender.account;
  if (isMessage && network.faults.strikes('dropAcks', number)) return;
  const delayMs = isMessage ? network.faults.delayMs('ackDelayMs', number) : 0;
  const { connection } = sender;
  if (delayMs > 0) setTimeout(() => connection?.send(ack), delayMs).unref();
  else connection?.send(ack);
}

/** The error a message is refused with: a fault, a behaviour of the contact, or a reason of the network itself. */
function refusalOf(network: Network, sender: Device, { attrs }: BinaryNode): number | undefined {
  const { to = '', category } = attrs;
  const isReaction = attrs.type === 'reaction';
  if (sender.isPhone || category === 'peer') return undefined;
  const fault = network.faults.takeAckError(sender.account.number);
  if (fault !== undefined) return fault;
  if (isGroupJid(to)) {
    const role = network.groups.get(to)?.record.participants.get(sender.account.number);
    if (role === undefined) return 403;
    return role === '' && network.groups.get(to)?.record.flags.has('announcement') ? 403 : undefined;
  }
  if (to === 'status@broadcast') return undefined;
  if (to.endsWith('@newsletter')) {
    const newsletter = network.newsletters.get(to);
    if (!newsletter) return 404;
    return isReaction || newsletter.record.owner === sender.account.number ? undefined : 403;
  }
  const peer = network.directory.account(to);
  return peer ? peer.behaviour.ackError : 404;
}

function relayToGroup(network: Network, group: Group, outgoing: Outgoing): void {
  const { sender, attrs, shared, perDevice } = outgoing;
  const { mode, participants } = group.record;
  const ciphertexts = new Map(
    perDevice.map((to) => [network.directory.device(to.attrs.jid), childrenNamed(to, 'enc')]),
  );
  const targets = attrs.participant
    ? [network.directory.device(attrs.participant)]
    : [...participants.keys()].flatMap((number) => [...(network.directory.find(number)?.devices.values() ?? [])]);
  for (const device of targets) {
    if (!device || device === sender) continue;
    // The sender key travels before the ciphertext it opens, in one stanza.
    const encs = attrs.participant ? shared : [...(ciphertexts.get(device) ?? []), ...shared];
    deliverTo(network, outgoing, device, encs, {
      from: group.id,
      participant: sender.jid(mode),
      addressing_mode: mode,
      [mode === 'lid' ? 'participant_pn' : 'participant_lid']: sender.account.jid(mode === 'lid' ? 'pn' : 'lid'),
    });
  }
}

/** Channels are not encrypted: everybody who follows gets what its owner wrote. */
function relayToNewsletter(network: Network, newsletter: Newsletter, sender: Device, stanza: BinaryNode): void {
  const { id = '', type = 'text', server_id: about } = stanza.attrs;
  if (about !== undefined) {
    const emoji = childOf(stanza, 'reaction')?.attrs.code ?? '';
    const isKnown = react(network, newsletter, sender.account.number, about, emoji);
    acknowledge(network, sender, stanza, isKnown ? undefined : 404);
    return;
  }
  const content = Buffer.from(bytesOf(childOf(stanza, 'plaintext')));
  const known = newsletter.record.posts.find((each) => each.id === id);
  const serverId = known?.serverId ?? publish(network, sender, newsletter, { id, type, content });
  acknowledge(network, sender, stanza, undefined, serverId);
}

function relayStatus(network: Network, outgoing: Outgoing): void {
  for (const to of outgoing.perDevice) {
    const device = network.directory.device(to.attrs.jid);
    const encs = [...childrenNamed(to, 'enc'), ...outgoing.shared];
    const attrs = { from: 'status@broadcast', participant: outgoing.sender.jid(modeOf(to.attrs.jid ?? '')) };
    if (device && device !== outgoing.sender) deliverTo(network, outgoing, device, encs, attrs);
  }
}

function relayToUser(network: Network, outgoing: Outgoing): void {
  const { sender, attrs, shared, perDevice } = outgoing;
  const to = attrs.to ?? '';
  const peer = network.directory.account(to);
  if (!peer) return;
  if (peer !== sender.account) {
    peer.addPeer(sender.account);
    sender.account.addPeer(peer);
  }
  // A resend to one device carries its ciphertext at the top and again in the list: once is enough.
  const parcels =
    shared.length > 0
      ? [{ jid: to, encs: shared }]
      : perDevice.map((each) => ({ jid: each.attrs.jid ?? '', encs: childrenNamed(each, 'enc') }));
  for (const { jid, encs } of parcels) {
    const device = network.directory.device(jid);
    if (!device || device === sender || isBlocked(sender.account, device.account)) continue;
    deliverTo(network, outgoing, device, encs, addressesFor(network, outgoing, device, modeOf(jid)));
  }
}

function addressesFor(
  network: Network,
  { sender, attrs }: Outgoing,
  device: Device,
  mode: 'pn' | 'lid',
): Record<string, string | undefined> {
  const other = mode === 'lid' ? 'pn' : 'lid';
  const addresses: Record<string, string | undefined> = { from: sender.jid(mode), category: attrs.category };
  if (mode === 'lid') addresses.addressing_mode = 'lid';
  if (device.account !== sender.account) {
    addresses[`sender_${other}`] = sender.account.jid(other);
  } else if (!attrs.category) {
    // A copy for an own device names the chat, and never `sender_lid`: that would map the peer to the wrong LID.
    const chat = network.directory.account(attrs.recipient ?? attrs.to);
    addresses.recipient = attrs.recipient ?? chat?.jid(mode);
    addresses[`peer_recipient_${other}`] = chat?.jid(other);
    addresses.notify = undefined;
  }
  return addresses;
}

function deliverTo(
  network: Network,
  { sender, attrs, deviceIdentity, forwarded }: Outgoing,
  device: Device,
  encs: BinaryNode[],
  addresses: Record<string, string | undefined>,
): void {
  if (encs.length === 0) return;
  const needsIdentity = deviceIdentity && encs.some((enc) => enc.attrs.type === 'pkmsg');
  const { id, type = 'text', edit } = attrs;
  const base = { id, t: nowSeconds(), type, notify: sender.account.record.name, edit };
  const content = [...encs, ...(needsIdentity ? [deviceIdentity] : []), ...forwarded];
  network.deliver(device, node('message', { ...base, ...addresses }, content));
}

const isBlocked = (sender: Account, recipient: Account): boolean => recipient.record.blocked.has(sender.jid('lid'));
