import type { BinaryNode } from '../../lib/baileys/index.ts';
import type { Account, Device } from '../directory.ts';
import type { Network } from '../network.ts';
import { bytesOf, childOf, childrenNamed, childrenOf, node, nowSeconds } from '../wire.ts';

/**
 * Handles `xmlns="usync"`: who of these users exists, with which LID, devices, about text.
 *
 * Users are asked for by JID or, to learn whether a number exists, by `<contact>+number</contact>`; the answer always
 * names a JID. Every number has a LID, because Baileys 7 cannot encrypt to one that has none.
 */
export function handleUsync(network: Network, sender: Device, query: BinaryNode): void {
  const request = childOf(query, 'usync');
  const protocols = childrenOf(childOf(request, 'query')).map((protocol) => protocol.tag);
  const users = childrenNamed(childOf(request, 'list'), 'user').flatMap((user) => {
    const number = bytesOf(childOf(user, 'contact')).toString();
    const jid = user.attrs.jid ?? (number ? `${number.replace(/\D/g, '')}@s.whatsapp.net` : undefined);
    if (jid === undefined) return [];
    const account = network.directory.account(jid);
    const answers = protocols.flatMap((protocol) => answer(protocol, account, number) ?? []);
    return [node('user', { jid }, answers)];
  });
  const results = protocols.map((protocol) => node(protocol));
  network.reply(sender, query, [
    node('usync', { ...request?.attrs }, [node('result', {}, results), node('list', {}, users)]),
  ]);
}

function answer(protocol: string, account: Account | undefined, number: string): BinaryNode | undefined {
  if (protocol === 'contact') return node('contact', { type: account ? 'in' : 'out' }, number);
  if (!account) return undefined;
  switch (protocol) {
    case 'lid':
      return node('lid', { val: account.jid('lid') });
    case 'devices': {
      const devices = [...account.devices.values()].map((device) =>
        node('device', {
          id: String(device.id),
          'key-index': device.isPhone ? undefined : String(device.record.keyIndex),
        }),
      );
      return node('devices', { version: '2' }, [
        node('device-list', { hash: `2:${account.record.nextDeviceId}` }, devices),
        node('key-index-list', { ts: nowSeconds() }),
      ]);
    }
    case 'status':
      return node('status', { t: account.record.aboutAt }, Buffer.from(account.record.about));
    case 'disappearing_mode':
      return node('disappearing_mode', { duration: String(account.record.disappearingSeconds), t: '0' });
    default:
      return undefined;
  }
}
