import { type BinaryNode, KEY_BUNDLE_TYPE } from '../../lib/baileys/index.ts';
import type { Device, SignedPublicPreKey } from '../directory.ts';
import type { Network } from '../network.ts';
import type { PreKeyBundle } from '../phone-signal.ts';
import {
  childBytes,
  childOf,
  childrenNamed,
  childrenOf,
  node,
  nowSeconds,
  readUint,
  SERVER_JID,
  stanzaId,
  writeUint,
} from '../wire.ts';

/** Baileys uploads more one-time pre-keys when told that fewer than this are left. */
const LOW_PRE_KEYS = 5;

/** Handles `xmlns="encrypt"`: pre-key upload, counts, digests, bundles. */
export function handleKeys(network: Network, sender: Device, query: BinaryNode): void {
  const request = childrenOf(query)[0];
  switch (request?.tag) {
    case 'count':
      network.reply(sender, query, [node('count', { value: String(sender.preKeyCount) })]);
      return;
    case 'digest':
      network.reply(sender, query, [
        node('digest', {}, [node('registration', {}, writeUint(sender.record.registrationId, 4))]),
      ]);
      return;
    case 'rotate':
      sender.record.signedPreKey = readSignedPreKey(childOf(request, 'skey'));
      sender.save();
      network.reply(sender, query);
      return;
    case 'key': {
      const users = childrenNamed(request, 'user').map((user) => bundleNode(network, user.attrs.jid ?? ''));
      network.reply(sender, query, [node('list', {}, users)]);
      return;
    }
    default:
      upload(sender, query);
      network.reply(sender, query);
      network.emit('preKeys', sender, sender.preKeyCount);
  }
}

/**
 * Takes what starts a Signal session with a device, using up a one-time pre-key of it. Linked devices that run low are
 * told to upload more; phones make theirs as they are asked for.
 * @returns undefined when the device has published no keys
 */
export function takeBundle(network: Network, device: Device): PreKeyBundle | undefined {
  if (device.isPhone) return network.phone(device.account.number).signal.bundle();
  const { identity, signedPreKey, registrationId } = device.record;
  if (!identity || !signedPreKey) return undefined;
  const preKey = device.takePreKey();
  // Announced with every key taken: a notice that is lost with its connection must not be the last.
  if (preKey && device.preKeyCount < LOW_PRE_KEYS) {
    network.emit('preKeys', device, device.preKeyCount);
    const count = node('count', { value: String(device.preKeyCount) });
    const attrs = { from: SERVER_JID, type: 'encrypt', id: stanzaId(), t: nowSeconds() };
    network.deliver(device, node('notification', attrs, [count]));
  }
  return { registrationId, identity, signedPreKey, ...(preKey ? { preKey } : {}) };
}

function bundleNode(network: Network, jid: string): BinaryNode {
  const device = network.directory.device(jid);
  const bundle = device && takeBundle(network, device);
  if (!bundle) return node('user', { jid }, [node('error', { code: '404', text: 'item-not-found' })]);
  const { signedPreKey, preKey } = bundle;
  const vouched = device.record.signedIdentity;
  return node('user', { jid, t: nowSeconds() }, [
    node('registration', {}, writeUint(bundle.registrationId, 4)),
    node('type', {}, KEY_BUNDLE_TYPE),
    node('identity', {}, bundle.identity),
    node('skey', {}, [
      node('id', {}, writeUint(signedPreKey.id, 3)),
      node('value', {}, signedPreKey.value),
      node('signature', {}, signedPreKey.signature),
    ]),
    ...(preKey ? [node('key', {}, [node('id', {}, writeUint(preKey.id, 3)), node('value', {}, preKey.value)])] : []),
    ...(vouched ? [node('device-identity', {}, vouched)] : []),
  ]);
}

function upload(sender: Device, query: BinaryNode): void {
  sender.record.registrationId = readUint(childBytes(query, 'registration'));
  sender.record.identity = childBytes(query, 'identity');
  sender.record.signedPreKey = readSignedPreKey(childOf(query, 'skey'));
  sender.save();
  sender.addPreKeys(
    childrenNamed(childOf(query, 'list'), 'key').map((key) => ({
      id: readUint(childBytes(key, 'id')),
      value: childBytes(key, 'value'),
    })),
  );
}

const readSignedPreKey = (key: BinaryNode | undefined): SignedPublicPreKey => ({
  id: readUint(childBytes(key, 'id')),
  value: childBytes(key, 'value'),
  signature: childBytes(key, 'signature'),
});
