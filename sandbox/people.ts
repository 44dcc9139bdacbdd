import type { BinaryNode } from '../lib/baileys/index.ts';
import type { Network } from './network.ts';
import { node, stanzaId } from './wire.ts';

/** What people do on their phones beside writing messages. */

/** Follows an invite link into a group; where admins decide, asks to be let in. */
export function joinGroup(network: Network, number: string, code: string): void {
  ask(network, number, '@g.us', node('invite', { code }));
}

/** Leaves a group. */
export function leaveGroup(network: Network, number: string, group: string): void {
  ask(network, number, '@g.us', node('leave', {}, [node('group', { id: group })]));
}

function ask(network: Network, number: string, to: string, request: BinaryNode): void {
  const { phone } = network.directory.require(number);
  network.receive(phone, node('iq', { id: stanzaId(), type: 'set', xmlns: 'w:g2', to }, [request]));
}
