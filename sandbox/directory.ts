import { createHash, randomBytes } from 'node:crypto';
import { jidDecode, jidEncode } from '../lib/baileys/index.ts';
import { BEHAVIOURS, type Behaviour, behaviourOf, isPhoneNumber } from './behaviours.ts';
import type { Connection } from './conn.ts';
import { OfflineQueue } from './offline-queue.ts';
import type { SandboxBusiness } from './shop.ts';
import { orderedKey, type StateStore } from './state.ts';
import { type AddressMode, nowSeconds, SandboxError } from './wire.ts';

/** A public pre-key as a device uploads it. */
export interface PublicPreKey {
  readonly id: number;
  readonly value: Buffer;
}

/** A signed pre-key as a device uploads it. */
export interface SignedPublicPreKey extends PublicPreKey {
  readonly signature: Buffer;
}

/** What the server remembers of a device; device 0 is the phone. */
export interface DeviceRecord {
  keyIndex: number;
  /** The static Noise key the device must log in with; companions only. */
  noisePublic?: Buffer;
  identity?: Buffer;
  registrationId: number;
  signedPreKey?: SignedPublicPreKey;
  /** The signed device identity that senders attach to pre-key messages. */
  signedIdentity?: Buffer;
  /** True once the phone has given the device its app-state keys and history. */
  initialised: boolean;
}

const COMPANION_QUEUE_LIMIT = 100_000;
const PHONE_QUEUE_LIMIT = 5000;

/** One device of an account. */
export class Device {
  readonly account: Account;
  readonly id: number;
  readonly record: DeviceRecord;
  readonly queue: OfflineQueue;
  online = false;
  /** The socket the device is logged in on. */
  connection: Connection | undefined;
  readonly #state: StateStore;
  #preKeys: Map<number, Buffer> | undefined;

  constructor(state: StateStore, account: Account, id: number, record: DeviceRecord) {
    this.#state = state;
    this.account = account;
    this.id = id;
    this.record = record;
    const limit = id === 0 ? PHONE_QUEUE_LIMIT : COMPANION_QUEUE_LIMIT;
    this.queue = new OfflineQueue(state, `queue:${account.number}:${id}`, limit);
  }

  get isPhone(): boolean {
    return this.id === 0;
  }

  /** The device's JID; device 0 is written without a device number. */
  jid(mode: AddressMode): string {
    const user = mode === 'lid' ? this.account.lid : this.account.number;
    return jidEncode(user, mode === 'lid' ? 'lid' : 's.whatsapp.net', this.id || undefined);
  }

  /** How many one-time pre-keys the server still holds for the device. */
  get preKeyCount(): number {
    return this.#loadedPreKeys().size;
  }

  addPreKeys(preKeys: readonly PublicPreKey[]): void {
    const held = this.#loadedPreKeys();
    for (const { id, value } of preKeys) {
      held.set(id, value);
      this.#state.put(this.#preKeyScope, orderedKey(id), value);
    }
  }

  /** Hands out the oldest one-time pre-key: each is given away once. */
  takePreKey(): PublicPreKey | undefined {
    const held = this.#loadedPreKeys();
    const oldest = held.entries().next().value;
    if (!oldest) return undefined;
    const [id, value] = oldest;
    held.delete(id);
    this.#state.delete(this.#preKeyScope, orderedKey(id));
    return { id, value };
  }

  save(): void {
    this.#state.put('device', `${this.account.number}:${this.id}`, this.record);
  }

  /** Forgets the device and all that waits for it. */
  remove(): void {
    this.account.devices.delete(this.id);
    this.#state.delete('device', `${this.account.number}:${this.id}`);
    this.#state.clear(this.#preKeyScope);
    this.queue.clear();
  }

  get #preKeyScope(): string {
    return `prekey:${this.account.number}:${this.id}`;
  }

  #loadedPreKeys(): Map<number, Buffer> {
    this.#preKeys ??= new Map(
      this.#state.entries<Buffer>(this.#preKeyScope).map(([key, value]) => [Number(key), value]),
    );
    return this.#preKeys;
  }
}

/** What the server remembers of an account. */
export interface AccountRecord {
  readonly lid: string;
  name: string;
  about: string;
  aboutAt: string;
  nextDeviceId: number;
  pictureId?: string;
  readonly privacy: Record<string, string>;
  /** LID JIDs that this account has blocked. */
  readonly blocked: Set<string>;
  /** What a business shows of itself; undefined: an ordinary account. */
  business?: SandboxBusiness;
  /** Default timer of new chats in seconds; 0 is off. */
  disappearingSeconds: number;
}

/** One WhatsApp account: a phone number, its LID, and its devices. */
export class Account {
  readonly number: string;
  readonly record: AccountRecord;
  readonly devices = new Map<number, Device>();
  /** Numbers that have exchanged messages with this account: they are told when its devices change. */
  readonly peers = new Set<string>();
  /** Devices that asked for this account's presence. */
  readonly presenceSubscribers = new Set<Device>();
  readonly #state: StateStore;

  constructor(state: StateStore, number: string, record: AccountRecord) {
    this.#state = state;
    this.number = number;
    this.record = record;
  }

  get lid(): string {
    return this.record.lid;
  }

  get behaviour(): Behaviour {
    return behaviourOf(this.number);
  }

  /** The account's JID without a device. */
  jid(mode: AddressMode): string {
    return mode === 'lid' ? `${this.lid}@lid` : `${this.number}@s.whatsapp.net`;
  }

  /** The primary device. */
  get phone(): Device {
    return this.devices.get(0) as Device;
  }

  /** Linked devices, without the phone. */
  get companions(): Device[] {
    return [...this.devices.values()].filter((device) => !device.isPhone);
  }

  get online(): boolean {
    return [...this.devices.values()].some((device) => device.online);
  }

  addPeer(other: Account): void {
    if (this.peers.has(other.number)) return;
    this.peers.add(other.number);
    this.#state.put('peer', `${this.number}/${other.number}`, true);
  }

  save(): void {
    this.#state.put('account', this.number, this.record);
  }
}

const DEFAULT_PRIVACY = {
  readreceipts: 'all',
  profile: 'all',
  last: 'all',
  online: 'all',
  status: 'all',
  groupadd: 'all',
  calladd: 'all',
  messages: 'all',
};

/** Who exists on the network. Contacts come into being when their number is first looked up. */
export class Directory {
  readonly #state: StateStore;
  readonly #byNumber = new Map<string, Account>();
  readonly #byLid = new Map<string, Account>();

  /** Loads every account and device of the store. */
  constructor(state: StateStore) {
    this.#state = state;
    for (const [number, record] of state.entries<AccountRecord>('account')) this.#add(number, record);
    for (const [key, record] of state.entries<DeviceRecord>('device')) {
      const [number = '', id] = key.split(':');
      const account = this.#byNumber.get(number);
      if (account) account.devices.set(Number(id), new Device(state, account, Number(id), record));
    }
    for (const [key] of state.entries('peer')) {
      const [number = '', peer = ''] = key.split('/');
      this.#byNumber.get(number)?.peers.add(peer);
    }
  }

  /** The account of a number; undefined when the number is malformed or not on WhatsApp. */
  find(number: string): Account | undefined {
    const known = this.#byNumber.get(number);
    if (known) return known;
    if (!isPhoneNumber(number) || !behaviourOf(number).exists) return undefined;
    return this.#state.transaction(() => {
      const account = this.#add(number, {
        lid: this.#allocateLid(number),
        name: `Sandbox ${number}`,
        about: 'Hey there! I am using WhatsApp.',
        aboutAt: nowSeconds(),
        nextDeviceId: 1,
        privacy: { ...DEFAULT_PRIVACY },
        blocked: new Set(),
        disappearingSeconds: 0,
      });
      account.save();
      account.phone.save();
      return account;
    });
  }

  /** Like `find`, for callers that name a number. @throws SandboxError 404 */
  require(number: string): Account {
    const account = this.find(number);
    if (!account) throw new SandboxError(404, `${number} is not a number on the simulated WhatsApp`);
    return account;
  }

  /** The account a user or device JID belongs to, by number or by LID. */
  account(jid: string | undefined): Account | undefined {
    const decoded = jidDecode(jid);
    if (!decoded) return undefined;
    if (decoded.server === 'lid') return this.#byLid.get(decoded.user);
    return decoded.server === 's.whatsapp.net' || decoded.server === 'c.us' ? this.find(decoded.user) : undefined;
  }

  /** The device a JID names; a JID without a device number names the phone. */
  device(jid: string | undefined): Device | undefined {
    return this.account(jid)?.devices.get(jidDecode(jid)?.device ?? 0);
  }

  accounts(): IterableIterator<Account> {
    return this.#byNumber.values();
  }

  /** A number nobody has yet, of the shape 1555010xxxx, that no contact behaviour claims. */
  allocateNumber(): string {
    for (let suffix = 0; suffix < 10_000; suffix++) {
      const number = `1555010${String(suffix).padStart(4, '0')}`;
      if (!BEHAVIOURS.has(number.slice(-4)) && !this.#byNumber.has(number)) return number;
    }
    throw new SandboxError(409, 'all numbers 1555010xxxx are taken');
  }

  /** Gives an account a further device. */
  addDevice(account: Account, record: DeviceRecord): Device {
    const device = new Device(this.#state, account, account.record.nextDeviceId++, record);
    account.devices.set(device.id, device);
    account.save();
    device.save();
    return device;
  }

  #add(number: string, record: AccountRecord): Account {
    const account = new Account(this.#state, number, record);
    this.#byNumber.set(number, account);
    this.#byLid.set(record.lid, account);
    const phone: DeviceRecord = { keyIndex: 0, registrationId: 0, initialised: true };
    account.devices.set(0, new Device(this.#state, account, 0, phone));
    return account;
  }

  #allocateLid(number: string): string {
    const seed = createHash('sha256').update(number).digest().readUIntBE(0, 6) % 90_000_000_000_000;
    for (let lid = 100_000_000_000_000 + seed; ; lid++) if (!this.#byLid.has(String(lid))) return String(lid);
  }
}

/** What the server remembers of a group. */
export interface GroupRecord {
  subject: string;
  subjectAt: string;
  /** Number of the account that set the subject. */
  subjectBy: string;
  readonly createdAt: string;
  readonly creator: string;
  readonly mode: AddressMode;
  /** Role by account number; an empty string is an ordinary member. */
  readonly participants: Map<string, '' | 'admin' | 'superadmin'>;
  inviteCode: string;
  /** Settings that are present or absent: `announcement`, `locked`. */
  readonly flags: Set<string>;
  description?: { id: string; body: string; at: string; by: string };
  ephemeralSeconds: number;
  memberAddMode: string;
  joinApproval: boolean;
  /** Numbers that asked to join, with the time of asking. */
  readonly joinRequests: Map<string, string>;
  pictureId?: string;
  /** Codes of invite links that were revoked. */
  readonly revokedInvites?: Set<string>;
  /** It is a community: it holds groups, and nobody writes in it. */
  readonly isCommunity?: boolean;
  /** The community that it belongs to. */
  community?: string | undefined;
  /** The group of a community that everybody in it is a member of. */
  readonly isAnnouncements?: boolean;
}

/** A group; `id` is its full JID. */
export interface Group {
  readonly id: string;
  readonly record: GroupRecord;
}

/** All groups of the network. */
export class GroupRegistry {
  readonly #state: StateStore;
  readonly #groups = new Map<string, Group>();

  constructor(state: StateStore) {
    this.#state = state;
    for (const [id, record] of state.entries<GroupRecord>('group')) this.#groups.set(id, { id, record });
  }

  get(id: string | undefined): Group | undefined {
    return id === undefined ? undefined : this.#groups.get(id);
  }

  all(): Group[] {
    return [...this.#groups.values()];
  }

  byInvite(code: string): Group | undefined {
    return this.all().find((group) => group.record.inviteCode === code);
  }

  /** The groups of a community, its announcements among them. */
  ofCommunity(id: string): Group[] {
    return this.all().filter(({ record }) => record.community === id);
  }

  create(record: GroupRecord): Group {
    const id = `120363${randomBytes(6).readUIntBE(0, 6).toString().padStart(15, '0').slice(0, 12)}@g.us`;
    if (this.#groups.has(id)) return this.create(record);
    const group = { id, record };
    this.#groups.set(id, group);
    this.save(group);
    return group;
  }

  save(group: Group): void {
    this.#state.put('group', group.id, group.record);
  }

  remove(group: Group): void {
    this.#groups.delete(group.id);
    this.#state.delete('group', group.id);
  }
}
