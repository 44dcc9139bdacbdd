import { type BinaryNode, QueryIds } from '../../lib/baileys/index.ts';
import type { Account, Device } from '../directory.ts';
import type { Network } from '../network.ts';
import { type Newsletter, type Post, setFollowing } from '../newsletters.ts';
import { bytesOf, childOf, childrenOf, node, nowSeconds } from '../wire.ts';
import { capOf, timeLockOf } from './account-limits.ts';

/** WhatsApp's id of the query for the channels that an account follows; Baileys does not ask it. */
const SUBSCRIBED = '6388546374527196';

interface Variables {
  newsletter_id?: string;
  input?: { key?: string; type?: string; name?: string; description?: string | null };
  updates?: { name?: string; description?: string; picture?: string };
}

/** A refusal inside of an answer. */
class GraphQlError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Handles `xmlns="w:mex"`: GraphQL over IQ, of which channels and the limits of accounts are simulated. */
export function answerGraphQl(network: Network, sender: Device, query: BinaryNode): void {
  const request = childOf(query, 'query');
  let answer: object;
  try {
    const { variables = {} } = JSON.parse(bytesOf(request).toString()) as { variables?: Variables };
    const known = ANSWERS[request?.attrs.query_id ?? ''];
    if (!known) throw new GraphQlError(501, 'not simulated');
    answer = { data: known(network, sender.account, variables) };
  } catch (error) {
    if (!(error instanceof GraphQlError)) throw error;
    answer = { data: null, errors: [{ message: error.message, extensions: { error_code: error.code } }] };
  }
  network.reply(sender, query, [node('result', {}, Buffer.from(JSON.stringify(answer)))]);
}

type Answer = (network: Network, account: Account, variables: Variables) => object;

const ANSWERS: Readonly<Record<string, Answer>> = {
  [QueryIds.REACHOUT_TIMELOCK]: (_network, account) => ({ xwa2_fetch_account_reachout_timelock: timeLockOf(account) }),
  [QueryIds.MESSAGE_CAPPING_INFO]: (_network, account) => ({ xwa2_message_capping_info: capOf(account) }),
  [QueryIds.METADATA]: (network, account, { input }) => {
    const isInvite = input?.type === 'INVITE';
    const found = isInvite ? network.newsletters.byInvite(input?.key) : network.newsletters.get(input?.key);
    return { xwa2_newsletter: found ? describe(required(found), account) : null };
  },
  [QueryIds.CREATE]: (network, account, { input }) => {
    const made = network.newsletters.create(account, input?.name ?? '', input?.description ?? '');
    return { xwa2_newsletter_create: describe(made, account) };
  },
  [QueryIds.UPDATE_METADATA]: (network, account, { newsletter_id, updates = {} }) => {
    const newsletter = owned(network, account, newsletter_id);
    const { name, description, picture } = updates;
    if (name !== undefined) newsletter.record.name = name;
    if (description !== undefined) newsletter.record.description = description;
    if (picture !== undefined) newsletter.record.hasPicture = picture !== '';
    network.newsletters.save(newsletter);
    const told = { operation: 'NotificationNewsletterUpdate', updates: [{ jid: newsletter.id, settings: updates }] };
    for (const number of newsletter.record.followers.keys()) {
      const content = [node('mex', {}, Buffer.from(JSON.stringify(told)))];
      network.notify(network.directory.require(number), newsletter.id, 'mex', content);
    }
    return { xwa2_newsletter_update: describe(newsletter, account) };
  },
  [QueryIds.DELETE]: (network, account, { newsletter_id }) => {
    network.newsletters.remove(owned(network, account, newsletter_id));
    return { xwa2_newsletter_delete_v2: { id: newsletter_id, state: { type: 'DELETED' } } };
  },
  [QueryIds.FOLLOW]: (network, account, { newsletter_id }) => {
    setFollowing(network, required(network.newsletters.get(newsletter_id)), account, true);
    return { xwa2_newsletter_join_v2: { id: newsletter_id } };
  },
  [QueryIds.UNFOLLOW]: (network, account, { newsletter_id }) => {
    setFollowing(network, required(network.newsletters.get(newsletter_id)), account, false);
    return { xwa2_newsletter_leave_v2: { id: newsletter_id } };
  },
  [QueryIds.MUTE]: (network, account, { newsletter_id }) => ({
    xwa2_newsletter_mute_v2: mute(network, account, newsletter_id, true),
  }),
  [QueryIds.UNMUTE]: (network, account, { newsletter_id }) => ({
    xwa2_newsletter_unmute_v2: mute(network, account, newsletter_id, false),
  }),
  [SUBSCRIBED]: (network, account) => ({
    xwa2_newsletter_subscribed: network.newsletters.of(account).map((each) => describe(each, account)),
  }),
};

function mute(network: Network, account: Account, id: string | undefined, isMuted: boolean): object {
  const newsletter = required(network.newsletters.get(id));
  if (!newsletter.record.followers.has(account.number)) throw new GraphQlError(403, 'not a follower');
  newsletter.record.followers.set(account.number, isMuted);
  network.newsletters.save(newsletter);
  return { id };
}

function required(newsletter: Newsletter | undefined): Newsletter {
  if (!newsletter) throw new GraphQlError(404, 'NotFound');
  return newsletter;
}

function owned(network: Network, account: Account, id: string | undefined): Newsletter {
  const newsletter = required(network.newsletters.get(id));
  if (newsletter.record.owner !== account.number) throw new GraphQlError(403, 'Forbidden');
  return newsletter;
}

function describe({ id, record }: Newsletter, { number }: Account): object {
  const { createdAt, followers } = record;
  const text = (value: string) => ({ id: '1', text: value, update_time: createdAt });
  const picture = {
    id: record.hasPicture ? '1' : '',
    direct_path: record.hasPicture ? `/picture-${id}` : '',
    type: 'IMAGE',
  };
  const role = record.owner === number ? 'OWNER' : followers.has(number) ? 'SUBSCRIBER' : 'GUEST';
  return {
    id,
    state: { type: 'ACTIVE' },
    thread_metadata: {
      ...{ creation_time: createdAt, handle: null, invite: record.invite, picture, preview: picture },
      ...{ name: text(record.name), description: text(record.description) },
      ...{ subscribers_count: String(followers.size), verification: 'UNVERIFIED' },
    },
    viewer_metadata: { mute: followers.get(number) ? 'ON' : 'OFF', role },
  };
}

/** Handles `xmlns="newsletter"`: the posts of a channel, newest pages first. */
export function handleNewsletterQuery(network: Network, sender: Device, query: BinaryNode): void {
  const request = childrenOf(query)[0];
  const newsletter = network.newsletters.get(request?.attrs.jid ?? query.attrs.to);
  if (!newsletter) {
    network.refuse(sender, query, 404, 'item-not-found');
    return;
  }
  if (request?.tag === 'live_updates') {
    network.reply(sender, query, [node('live_updates', { duration: '300' })]);
    return;
  }
  if (request?.tag !== 'messages') {
    network.refuse(sender, query, 501, 'feature-not-implemented');
    return;
  }
  const before = request.attrs.before === undefined ? Number.POSITIVE_INFINITY : Number(request.attrs.before);
  const older = newsletter.record.posts.filter(({ serverId }) => Number(serverId) < before);
  const page = older.slice(-Number(request.attrs.count ?? 50));
  for (const each of page) each.views++;
  network.newsletters.save(newsletter);
  network.reply(sender, query, [node('messages', { t: nowSeconds() }, page.map(describePost))]);
}

function describePost({ id, serverId, at, type, content, views, reactions }: Post): BinaryNode {
  const counts = new Map<string, number>();
  for (const emoji of reactions.values()) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  return node('message', { id, server_id: serverId, t: at, type }, [
    node('plaintext', {}, content),
    node('views_count', { count: String(views) }),
    node(
      'reactions',
      {},
      [...counts].map(([code, count]) => node('reaction', { code, count: String(count) })),
    ),
  ]);
}
