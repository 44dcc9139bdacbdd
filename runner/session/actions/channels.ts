import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  normalizeMessageContent,
  proto,
  type WASocket,
} from '../../../lib/baileys/index.ts';
import type { OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import { publicMessageId } from '../../../lib/core/model/ids.ts';
import { namedId, textOf } from '../../events/content.ts';
import { MAX_TEXT_LENGTH, typeOfContent } from '../../events/messages.ts';
import { bounded } from '../../events/parties.ts';
import type { ActionDeps } from './deps.ts';
import { isoSeconds } from './group-views.ts';
import { type Refusals, refusalOf } from './refusals.ts';

export type Channel = OperationOutput<'channel.get'>;
type ChannelPost = OperationOutput<'channel.messages'>['messages'][number];

/**
 * What handlers may do with channels ("newsletters" on the wire). Refusals of WhatsApp are GatewayErrors:
 * RESOURCE_NOT_FOUND, PERMISSION_DENIED (reason NOT_OWNER).
 */
export interface ChannelActions {
  list(): Promise<Channel[]>;
  get(by: 'jid' | 'invite', key: string): Promise<Channel>;
  create(name: string, description: string | undefined): Promise<Channel>;
  update(channelId: string, updates: { name?: string; description?: string }): Promise<void>;
  /** A JPEG within WhatsApp's bounds; null takes the picture away. */
  setPicture(channelId: string, jpeg: Uint8Array | null): Promise<void>;
  remove(channelId: string): Promise<void>;
  setFollowing(channelId: string, isFollowing: boolean): Promise<void>;
  setMuted(channelId: string, isMuted: boolean): Promise<void>;
  /** Newest first, at most `limit`, older than the post `before`. */
  posts(channelId: string, limit: number, before: string | undefined): Promise<ChannelPost[]>;
  react(channelId: string, serverId: string, emoji: string): Promise<void>;
}

/** WhatsApp's id of the query for one's channels, which Baileys does not have. */
const SUBSCRIBED_QUERY = '6388546374527196';

const NO_CHANNEL = ['RESOURCE_NOT_FOUND', 'CHANNEL_NOT_FOUND', 'There is no such channel, or no such post.'] as const;
const NOT_OWNER = ['PERMISSION_DENIED', 'NOT_OWNER', 'Only who owns the channel may do this.'] as const;
const OF_CHANNEL: Refusals = { 401: NOT_OWNER, 403: NOT_OWNER, 404: NO_CHANNEL, 410: NO_CHANNEL };

export function createChannelActions({ guard }: ActionDeps): ChannelActions {
  const asking = <T>(work: (sock: WASocket) => Promise<T>): Promise<T> =>
    guard((sock) =>
      work(sock).catch((error: unknown) => {
        throw refusalOf(error, OF_CHANNEL) ?? error;
      }),
    );
  const acting = (work: (sock: WASocket) => Promise<unknown>) =>
    asking(async (sock) => {
      await work(sock);
    });

  return {
    list: () =>
      asking(async (sock) => {
        const query = { tag: 'query', attrs: { query_id: SUBSCRIBED_QUERY }, content: Buffer.from('{"variables":{}}') };
        const attrs = { type: 'get', to: '@s.whatsapp.net', xmlns: 'w:mex', id: sock.generateMessageTag() };
        const answer = getBinaryNodeChild(await sock.query({ tag: 'iq', attrs, content: [query] }), 'result');
        const text = answer?.content instanceof Uint8Array ? Buffer.from(answer.content).toString() : '{}';
        const { data, errors } = JSON.parse(text) as Listed;
        if (errors?.[0]) throw Object.assign(new Error('refused'), { data: errors[0] });
        return (data?.xwa2_newsletter_subscribed ?? []).map(channelOf);
      }),
    get: (by, key) =>
      asking(async (sock) => {
        const metadata = (await sock.newsletterMetadata(by, key)) as unknown as RawChannel | null;
        if (!metadata) throw refusalOf(Object.assign(new Error('no channel'), { data: 404 }), OF_CHANNEL);
        return channelOf(metadata);
      }),
    create: (name, description) =>
      asking(async (sock) => {
        const { id } = await sock.newsletterCreate(name, description);
        return channelOf((await sock.newsletterMetadata('jid', id)) as unknown as RawChannel);
      }),
    update: (channelId, updates) => acting((sock) => sock.newsletterUpdate(channelId, updates)),
    setPicture: (channelId, jpeg) =>
      acting((sock) => sock.newsletterUpdate(channelId, { picture: jpeg ? Buffer.from(jpeg).toString('base64') : '' })),
    remove: (channelId) => acting((sock) => sock.newsletterDelete(channelId)),
    setFollowing: (channelId, isFollowing) =>
      acting((sock) => (isFollowing ? sock.newsletterFollow(channelId) : sock.newsletterUnfollow(channelId))),
    setMuted: (channelId, isMuted) =>
      acting((sock) => (isMuted ? sock.newsletterMute(channelId) : sock.newsletterUnmute(channelId))),
    posts: (channelId, limit, before) =>
      asking(async (sock) => {
        const page = { type: 'jid', jid: channelId, count: String(limit), ...(before && { before }) };
        const attrs = { type: 'get', to: '@s.whatsapp.net', xmlns: 'newsletter', id: sock.generateMessageTag() };
        const answer = await sock.query({ tag: 'iq', attrs, content: [{ tag: 'messages', attrs: page }] });
        const posts = getBinaryNodeChildren(getBinaryNodeChild(answer, 'messages'), 'message').map(postOf);
        return posts.sort((a, b) => Number(b.serverId) - Number(a.serverId)).slice(0, limit);
      }),
    react: (channelId, serverId, emoji) =>
      acting((sock) => sock.newsletterReactMessage(channelId, serverId, emoji || undefined)),
  };
}

interface RawText {
  text?: string;
}

/** A channel as WhatsApp's GraphQL describes it. */
interface RawChannel {
  id: string;
  thread_metadata?: {
    creation_time?: string;
    invite?: string;
    subscribers_count?: string;
    verification?: string;
    name?: RawText;
    description?: RawText;
  };
  viewer_metadata?: { mute?: string; role?: string } | null;
}

interface Listed {
  data?: { xwa2_newsletter_subscribed?: RawChannel[] } | null;
  errors?: object[];
}

const ROLES: Record<string, Channel['role']> = {
  OWNER: 'owner',
  ADMIN: 'admin',
  SUBSCRIBER: 'follower',
  GUEST: 'guest',
};

function channelOf({ id, thread_metadata: thread = {}, viewer_metadata: viewer }: RawChannel): Channel {
  const { invite, subscribers_count: followers } = thread;
  return {
    channelId: id,
    name: thread.name?.text ?? '',
    description: thread.description?.text || null,
    inviteCode: invite ?? null,
    inviteUrl: invite ? `https://whatsapp.com/channel/${invite}` : null,
    followers: followers === undefined ? null : Number(followers),
    isVerified: thread.verification === 'VERIFIED',
    role: ROLES[viewer?.role ?? ''] ?? null,
    isMuted: viewer?.mute === 'ON',
    createdAt: isoSeconds(Number(thread.creation_time)),
  };
}

function postOf(node: BinaryNode): ChannelPost {
  const { id, server_id: serverId = '', t } = node.attrs;
  const plaintext = getBinaryNodeChild(node, 'plaintext')?.content;
  const message = plaintext instanceof Uint8Array ? proto.Message.decode(plaintext) : undefined;
  const content = normalizeMessageContent(message);
  const views = getBinaryNodeChild(node, 'views_count')?.attrs.count;
  const named = namedId(id);
  return {
    serverId,
    messageId: named ? publicMessageId(named) : null,
    type: (content && typeOfContent(content)) ?? 'unknown',
    text: content ? bounded(textOf(content), MAX_TEXT_LENGTH) : null,
    postedAt: isoSeconds(Number(t)),
    views: views === undefined ? null : Number(views),
    reactions: getBinaryNodeChildren(getBinaryNodeChild(node, 'reactions'), 'reaction').map(({ attrs }) => ({
      emoji: attrs.code ?? '',
      count: Number(attrs.count ?? 0),
    })),
  };
}
