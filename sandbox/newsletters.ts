import { randomBytes } from 'node:crypto';
import { proto } from '../lib/baileys/index.ts';
import type { Account, Device } from './directory.ts';
import type { Network } from './network.ts';
import type { StateStore } from './state.ts';
import { node, nowSeconds } from './wire.ts';

/** A post of a channel. */
export interface Post {
  readonly serverId: string;
  readonly id: string;
  readonly at: string;
  readonly type: string;
  /** The message as protobuf. */
  readonly content: Buffer;
  views: number;
  /** Emoji by the number of who reacted. */
  readonly reactions: Map<string, string>;
}

export interface NewsletterRecord {
  name: string;
  description: string;
  readonly createdAt: string;
  readonly invite: string;
  /** Number of its owner. */
  readonly owner: string;
  /** Whether it is muted, by number of the follower. */
  readonly followers: Map<string, boolean>;
  /** The newest of them, oldest first. */
  readonly posts: Post[];
  nextServerId: number;
  hasPicture: boolean;
}

/** A channel; `id` is its full JID. */
export interface Newsletter {
  readonly id: string;
  readonly record: NewsletterRecord;
}

const MAX_POSTS = 500;

/** All channels of the network. */
export class NewsletterRegistry {
  readonly #state: StateStore;
  readonly #newsletters = new Map<string, Newsletter>();

  constructor(state: StateStore) {
    this.#state = state;
    for (const [id, record] of state.entries<NewsletterRecord>('newsletter')) this.#newsletters.set(id, { id, record });
  }

  get(id: string | undefined): Newsletter | undefined {
    return id === undefined ? undefined : this.#newsletters.get(id);
  }

  byInvite(invite: string | undefined): Newsletter | undefined {
    return [...this.#newsletters.values()].find(({ record }) => record.invite === invite);
  }

  /** What an account owns or follows. */
  of({ number }: Account): Newsletter[] {
    return [...this.#newsletters.values()].filter(
      ({ record }) => record.owner === number || record.followers.has(number),
    );
  }

  create(owner: Account, name: string, description = ''): Newsletter {
    const id = `120363${String(randomBytes(6).readUIntBE(0, 6)).padStart(15, '0').slice(0, 12)}@newsletter`;
    const newsletter: Newsletter = {
      id,
      record: {
        ...{ name, description, createdAt: nowSeconds(), owner: owner.number, nextServerId: 100, hasPicture: false },
        invite: `0029Va${randomBytes(12)
          .toString('base64url')
          .replace(/[^A-Za-z0-9]/g, 'x')}`,
        ...{ followers: new Map(), posts: [] },
      },
    };
    this.#newsletters.set(id, newsletter);
    this.save(newsletter);
    return newsletter;
  }

  save({ id, record }: Newsletter): void {
    this.#state.put('newsletter', id, record);
  }

  remove({ id }: Newsletter): void {
    this.#newsletters.delete(id);
    this.#state.delete('newsletter', id);
  }
}

/** Follows a channel, or stops. */
export function setFollowing(network: Network, newsletter: Newsletter, account: Account, isFollowing: boolean): void {
  if (isFollowing) newsletter.record.followers.set(account.number, false);
  else newsletter.record.followers.delete(account.number);
  network.newsletters.save(newsletter);
}

/** Publishes a message: its owner's other devices and all followers get it. @returns the number of the post */
export function publish(
  network: Network,
  author: Device,
  newsletter: Newsletter,
  { id, type, content }: Pick<Post, 'id' | 'type' | 'content'>,
): string {
  const { record } = newsletter;
  const serverId = String(record.nextServerId++);
  const at = nowSeconds();
  record.posts.push({ serverId, id, at, type, content, views: 0, reactions: new Map() });
  if (record.posts.length > MAX_POSTS) record.posts.shift();
  network.newsletters.save(newsletter);
  const stanza = node('message', { from: newsletter.id, id, server_id: serverId, t: at, type }, [
    node('plaintext', {}, content),
  ]);
  for (const number of new Set([record.owner, ...record.followers.keys()])) {
    const account = network.directory.find(number);
    if (account) network.deliverToAccount(account, stanza, author);
  }
  return serverId;
}

/** What a person on a phone publishes in a channel of their own. */
export function post(network: Network, newsletter: Newsletter, id: string, message: proto.IMessage): string {
  const owner = network.directory.require(newsletter.record.owner).phone;
  const content = Buffer.from(proto.Message.encode(message).finish());
  return network.state.transaction(() => publish(network, owner, newsletter, { id, type: 'text', content }));
}

/** Puts a reaction of somebody on a post, or takes it away (an empty one). @returns false: there is no such post */
export function react(
  network: Network,
  newsletter: Newsletter,
  number: string,
  serverId: string,
  emoji: string,
): boolean {
  const found = newsletter.record.posts.find((each) => each.serverId === serverId);
  if (!found) return false;
  if (emoji) found.reactions.set(number, emoji);
  else found.reactions.delete(number);
  network.newsletters.save(newsletter);
  const owner = network.directory.find(newsletter.record.owner);
  const content = emoji ? [node('reaction', {}, Buffer.from(emoji))] : undefined;
  if (owner && owner.number !== number) {
    network.notify(owner, newsletter.id, 'newsletter', [node('reaction', { message_id: serverId }, content)]);
  }
  return true;
}
