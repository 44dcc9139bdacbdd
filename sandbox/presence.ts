import type { BinaryNode } from '../lib/baileys/index.ts';
import type { Account, Device } from './directory.ts';
import type { Network } from './network.ts';
import { acknowledge } from './relay.ts';
import { childOf, childrenOf, modeOf, node, nowSeconds, stanzaId } from './wire.ts';

/** Handles a subscription to somebody's presence, or the sender's own coming and going. */
export function handlePresence(network: Network, sender: Device, stanza: BinaryNode): void {
  const { type, to = '', name } = stanza.attrs;
  const { account } = sender;
  if (type === 'subscribe') {
    const other = network.directory.account(to);
    if (!other) return;
    other.presenceSubscribers.add(sender);
    network.deliver(sender, presenceOf(other, to));
    return;
  }
  if (name && name !== account.record.name) {
    account.record.name = name;
    account.save();
  }
  if (type === 'available' || type === 'unavailable') setOnline(network, sender, type === 'available');
}

/** Notes that a device came or went, and tells the subscribers when that changes the account's presence. */
export function setOnline(network: Network, device: Device, online: boolean): void {
  const { account } = device;
  const before = account.online;
  device.online = online;
  if (account.online === before) return;
  for (const subscriber of account.presenceSubscribers) {
    if (subscriber.connection || subscriber.isPhone)
      network.deliver(subscriber, presenceOf(account, account.jid('pn')));
    else account.presenceSubscribers.delete(subscriber);
  }
}

/** Handles "typing", "recording" and "paused". */
export function handleChatState(network: Network, sender: Device, stanza: BinaryNode): void {
  const { to = '' } = stanza.attrs;
  const group = network.groups.get(to);
  if (group) {
    const from = sender.account.jid(group.record.mode);
    for (const number of group.record.participants.keys()) {
      const member = network.directory.find(number);
      if (!member || member === sender.account) continue;
      network.deliverToAccount(member, node('chatstate', { from: to, participant: from }, stanza.content));
    }
    return;
  }
  const other = network.directory.account(to);
  if (!other || other === sender.account) return;
  network.deliverToAccount(other, node('chatstate', { from: sender.account.jid(modeOf(to)) }, stanza.content));
}

/** Handles the signalling of calls: it is passed on, nothing more. */
export function handleCall(network: Network, sender: Device, stanza: BinaryNode): void {
  const link = childOf(stanza, 'link_create');
  if (link) {
    const created = node('link_create', { token: stanzaId(), media: link.attrs.media });
    sender.connection?.send(node('ack', { class: 'call', id: stanza.attrs.id, from: stanza.attrs.to }, [created]));
    return;
  }
  acknowledge(network, sender, stanza);
  const other = network.directory.account(stanza.attrs.to);
  if (!other) return;
  const caller = sender.account;
  const content = childrenOf(stanza).map((signal) => ({
    ...signal,
    attrs: { ...signal.attrs, caller_pn: caller.jid('pn') },
  }));
  const attrs = { from: caller.jid('lid'), id: stanza.attrs.id ?? stanzaId(), t: nowSeconds() };
  network.deliverToAccount(other, node('call', attrs, content));
}

/** What somebody was seen doing in a chat. */
export interface Activity {
  readonly from: string;
  /** `composing`, `recording` or `paused`. */
  readonly state: string;
}

export function activityOf({ attrs, content }: BinaryNode): Activity {
  const [child] = Array.isArray(content) ? content : [];
  const state = child?.attrs.media === 'audio' ? 'recording' : (child?.tag ?? '');
  return { from: attrs.participant ?? attrs.from ?? '', state };
}

const presenceOf = (account: Account, from: string): BinaryNode =>
  account.online ? node('presence', { from }) : node('presence', { from, type: 'unavailable', last: nowSeconds() });
