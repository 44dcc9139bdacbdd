import type { BinaryNode } from '../../lib/baileys/index.ts';
import { handleAppState } from '../app-state.ts';
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
import { handleBusinessProfile, handleCatalog } from './business.ts';
import { handleGroupQuery } from './groups.ts';
import { handleKeys } from './keys.ts';
import { answerGraphQl, handleNewsletterQuery } from './newsletters.ts';
import { handleUsync } from './usync.ts';

/** Answers one namespace of queries. */
type QueryHandler = (network: Network, sender: Device, query: BinaryNode) => void;

/** A/B properties that Baileys reads: privacy tokens are honoured on 1:1 messages and profile pictures. */
const PROPERTIES: ReadonlyArray<readonly [code: string, value: string]> = [
  ['10518', '1'],
  ['9666', '1'],
  ['14303', '0'],
];

const nod: QueryHandler = (network, sender, query) => network.reply(sender, query);

const HANDLERS: ReadonlyMap<string, QueryHandler> = new Map<string, QueryHandler>([
  ['w:p', nod],
  ['passive', nod],
  ['urn:xmpp:whatsapp:dirty', nod],
  ['w:stats', nod],
  ['encrypt', handleKeys],
  ['usync', handleUsync],
  ['w:g2', handleGroupQuery],
  ['w:sync:app:state', handleAppState],
  ['privacy', handlePrivacy],
  ['blocklist', handleBlocklist],
  ['w:profile:picture', handlePicture],
  ['status', handleAbout],
  ['disappearing_mode', handleDisappearingMode],
  ['md', handleDeviceManagement],
  ['abt', answerProperties],
  ['w:m', answerMediaConnection],
  ['w:mex', answerGraphQl],
  ['newsletter', handleNewsletterQuery],
  ['w:biz', handleBusinessProfile],
  ['w:biz:catalog', handleCatalog],
]);

/** Routes a linked device's query by its namespace; unknown ones are refused with 501 and counted. */
export function handleQuery(network: Network, sender: Device, query: BinaryNode): void {
  const namespace = query.attrs.xmlns ?? '';
  const handler = HANDLERS.get(namespace);
  network.count(`${handler ? '' : 'unhandled-'}query:${namespace}`);
  if (handler) handler(network, sender, query);
  else network.refuse(sender, query, 501, 'feature-not-implemented');
}

function answerProperties(network: Network, sender: Device, query: BinaryNode): void {
  const properties = PROPERTIES.map(([code, value]) => node('prop', { config_code: code, config_value: value }));
  network.reply(sender, query, [node('props', { hash: 'sandbox', protocol: '1' }, properties)]);
}

function answerMediaConnection(network: Network, sender: Device, query: BinaryNode): void {
  const host = network.options.media?.host;
  const hosts = host ? [node('host', { hostname: host, maxContentLengthBytes: '104857600' })] : [];
  const attrs = { auth: 'sandbox', ttl: '3600', auth_ttl: '21600', max_buckets: '12' };
  network.reply(sender, query, [node('media_conn', attrs, hosts)]);
}
