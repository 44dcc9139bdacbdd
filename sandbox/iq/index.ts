import type { BinaryNode } from '../../lib/baileys/index.ts';
import type { Device } from '../directory.ts';
import type { Network } from '../network.ts';
import { node } from '../wire.ts';
import {
  handleAbout,
  handleBlocklist,
  handleDeviceManagement,
  handleDisappearingMode,
  handlePicture,
  handlePrivacy,
} from './account.ts';
import { handleKeys } from './keys.ts';
import { handleUsync } from './usync.ts';

/** A/B properties that Baileys reads: privacy tokens are honoured on 1:1 messages and profile pictures. */
const PROPERTIES: ReadonlyArray<readonly [code: string, value: string]> = [
  ['10518', '1'],
  ['9666', '1'],
  ['14303', '0'],
];

/** Queries that need no more than a nod. */
const NODDED: ReadonlySet<string> = new Set(['w:p', 'passive', 'urn:xmpp:whatsapp:dirty', 'w:stats']);

/** Routes a linked device's query by its namespace; unknown ones are refused with 501 and counted. */
export function handleQuery(network: Network, sender: Device, query: BinaryNode): void {
  const namespace = query.attrs.xmlns ?? '';
  if (NODDED.has(namespace)) return network.reply(sender, query);
  switch (namespace) {
    case 'encrypt':
      return handleKeys(network, sender, query);
    case 'usync':
      return handleUsync(network, sender, query);
    case 'privacy':
      return handlePrivacy(network, sender, query);
    case 'blocklist':
      return handleBlocklist(network, sender, query);
    case 'w:profile:picture':
      return handlePicture(network, sender, query);
    case 'status':
      return handleAbout(network, sender, query);
    case 'disappearing_mode':
      return handleDisappearingMode(network, sender, query);
    case 'md':
      return handleDeviceManagement(network, sender, query);
    case 'abt': {
      const properties = PROPERTIES.map(([code, value]) => node('prop', { config_code: code, config_value: value }));
      return network.reply(sender, query, [node('props', { hash: 'sandbox', protocol: '1' }, properties)]);
    }
    case 'w:m': {
      const host = network.options.media?.host;
      const hosts = host ? [node('host', { hostname: host, maxContentLengthBytes: '104857600' })] : [];
      const attrs = { auth: 'sandbox', ttl: '3600', auth_ttl: '21600', max_buckets: '12' };
      return network.reply(sender, query, [node('media_conn', attrs, hosts)]);
    }
    case 'w:mex': {
      const errors = [{ message: 'not simulated', extensions: { error_code: 501 } }];
      return network.reply(sender, query, [node('result', {}, Buffer.from(JSON.stringify({ data: null, errors })))]);
    }
    case 'w:biz':
      return network.reply(sender, query, [node('business_profile', { v: '244' })]);
    default:
      network.count(`unhandled-query:${namespace}`);
      network.refuse(sender, query, 501, 'feature-not-implemented');
  }
}
