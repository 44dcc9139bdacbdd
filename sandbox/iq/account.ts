import { randomBytes } from 'node:crypto';
import type { BinaryNode } from '../../lib/baileys/index.ts';
import type { Device } from '../directory.ts';
import { announceGroupPicture } from '../groups.ts';
import type { Network } from '../network.ts';
import { bytesOf, childrenNamed, childrenOf, node, nowSeconds } from '../wire.ts';

/** Handles `xmlns="privacy"`: settings, and the tokens that let a new contact write. */
export function handlePrivacy(network: Network, sender: Device, query: BinaryNode): void {
  const { account } = sender;
  const request = childrenOf(query)[0];
  if (request?.tag === 'tokens') {
    for (const { attrs } of childrenNamed(request, 'token')) {
      const contact = network.directory.account(attrs.jid);
      if (!contact) continue;
      const token = node('token', { jid: contact.jid('pn'), t: attrs.t, type: 'trusted_contact' }, randomBytes(8));
      network.notify(contact, account.jid('pn'), 'privacy_token', [node('tokens', {}, [token])]);
    }
    network.reply(sender, query);
    return;
  }
  if (query.attrs.type === 'set') {
    for (const { attrs } of childrenNamed(request, 'category')) {
      if (attrs.name && attrs.value) account.record.privacy[attrs.name] = attrs.value;
    }
    account.save();
  }
  const categories = Object.entries(account.record.privacy).map(([name, value]) => node('category', { name, value }));
  network.reply(sender, query, [node('privacy', {}, categories)]);
}

/** Handles `xmlns="blocklist"`. Blocked contacts are named by LID; a blocked contact's messages reach nobody. */
export function handleBlocklist(network: Network, sender: Device, query: BinaryNode): void {
  const { account } = sender;
  const item = childrenOf(query)[0];
  if (query.attrs.type === 'set' && item) {
    const jid = network.directory.account(item.attrs.jid)?.jid('lid') ?? item.attrs.jid ?? '';
    if (item.attrs.action === 'block') account.record.blocked.add(jid);
    else account.record.blocked.delete(jid);
    account.save();
    const change = node('blocklist', {}, [node('item', { jid, action: item.attrs.action })]);
    network.notify(account, account.jid('pn'), 'account_sync', [change], sender);
  }
  const items = [...account.record.blocked].map((jid) => node('item', { jid }));
  network.reply(sender, query, [node('list', {}, items)]);
}

/** Handles `xmlns="w:profile:picture"` of accounts and groups. */
export function handlePicture(network: Network, sender: Device, query: BinaryNode): void {
  const target = query.attrs.target ?? sender.account.jid('pn');
  const request = childrenOf(query)[0];
  const group = network.groups.get(target);
  const account = network.directory.account(target);
  const owner = group ?? account;
  if (!owner) {
    network.refuse(sender, query, 404, 'item-not-found');
    return;
  }
  const blob = `picture-${group?.id.split('@')[0] ?? account?.number}`;

  if (query.attrs.type === 'set') {
    if (account && account !== sender.account) {
      network.refuse(sender, query, 403, 'forbidden');
      return;
    }
    const bytes = bytesOf(request);
    owner.record.pictureId = bytes.length > 0 ? String(Date.now()) : undefined;
    if (bytes.length > 0) network.options.media?.store(blob, bytes);
    const change = bytes.length > 0 ? 'set' : 'delete';
    if (group) {
      network.groups.save(group);
      announceGroupPicture(network, group, sender, change);
    } else if (account) {
      account.save();
      const content = [node(change, { jid: target, id: account.record.pictureId, author: target })];
      for (const number of account.peers) {
        const peer = network.directory.find(number);
        if (peer) network.notify(peer, account.jid('pn'), 'picture', content);
      }
    }
    const { pictureId } = owner.record;
    network.reply(sender, query, pictureId ? [node('picture', { id: pictureId })] : undefined);
    return;
  }

  const { pictureId } = owner.record;
  if (!pictureId) {
    network.refuse(sender, query, 404, 'item-not-found');
    return;
  }
  const url = network.options.media?.urlOf(blob) ?? `https://pps.sandbox.invalid/${blob}`;
  network.reply(sender, query, [node('picture', { id: pictureId, type: request?.attrs.type ?? 'preview', url })]);
}

/** Handles `xmlns="status"`: the about text. */
export function handleAbout(network: Network, sender: Device, query: BinaryNode): void {
  const { account } = sender;
  account.record.about = bytesOf(childrenOf(query)[0]).toString();
  account.record.aboutAt = nowSeconds();
  account.save();
  network.reply(sender, query);
}

/** Handles `xmlns="disappearing_mode"`: the default timer of new chats. */
export function handleDisappearingMode(network: Network, sender: Device, query: BinaryNode): void {
  const { account } = sender;
  account.record.disappearingSeconds = Number(childrenOf(query)[0]?.attrs.duration ?? 0);
  account.save();
  network.reply(sender, query);
}

/** Handles `xmlns="md"`: a device that logs itself out. */
export function handleDeviceManagement(network: Network, sender: Device, query: BinaryNode): void {
  const request = childrenOf(query)[0];
  const device = network.directory.device(request?.attrs.jid);
  if (request?.tag !== 'remove-companion-device' || !device || device.isPhone) {
    network.refuse(sender, query, 501, 'feature-not-implemented');
    return;
  }
  if (device.account !== sender.account) {
    network.refuse(sender, query, 403, 'forbidden');
    return;
  }
  network.reply(sender, query);
  network.removeDevice(device);
}
