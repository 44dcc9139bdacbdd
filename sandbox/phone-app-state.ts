import {
  type ChatModification,
  chatModificationToAppPatch,
  decodePatches,
  encodeSyncdPatch,
  newLTHashState,
  proto,
  type WAPatchName,
} from '../lib/baileys/index.ts';
import { appendPatch, storedPatches } from './app-state.ts';
import type { Account } from './directory.ts';
import type { Network } from './network.ts';
import type { PhoneSignal } from './phone-signal.ts';
import { SandboxError } from './wire.ts';

const COLLECTIONS: readonly WAPatchName[] = [
  'critical_block',
  'critical_unblock_low',
  'regular_high',
  'regular_low',
  'regular',
];
const MAX_TRIES = 5;

/** What all devices of an account agree on (archived chats, labels, names, …), as the phone reads and changes it. */
export class PhoneAppState {
  readonly #network: Network;
  readonly #account: Account;
  readonly #signal: PhoneSignal;

  constructor(network: Network, account: Account, signal: PhoneSignal) {
    this.#network = network;
    this.#account = account;
    this.#signal = signal;
  }

  /** What is set under an index, e.g. `archive`, `<chat>`; undefined: nothing, or it was removed. */
  async get(...index: string[]): Promise<proto.ISyncActionValue | undefined> {
    for (const name of COLLECTIONS) {
      const found = (await this.#decode(name)).mutations[JSON.stringify(index)];
      if (found) return found.syncAction.value ?? undefined;
    }
    return undefined;
  }

  /** The person changes something on the phone; linked devices are told. @throws SandboxError 409 after many races */
  async change(change: ChatModification, jid: string): Promise<void> {
    const create = chatModificationToAppPatch(change, jid);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { state, count } = await this.#decode(create.type);
      const { patch } = await encodeSyncdPatch(create, this.#keyId, state, this.#key);
      const bytes = Buffer.from(proto.SyncdPatch.encode(patch).finish());
      if (appendPatch(this.#network, this.#account, create.type, count, bytes)) return;
    }
    throw new SandboxError(409, 'the app state changes all the time');
  }

  async #decode(name: WAPatchName) {
    const stored = storedPatches(this.#network, this.#account, name).map((patch) => proto.SyncdPatch.decode(patch));
    const decoded = await decodePatches(name, stored, newLTHashState(), this.#key, {}, 0, undefined, true);
    return { state: decoded.state, mutations: decoded.mutationMap, count: stored.length };
  }

  get #keyId(): string {
    return this.#signal.credentials.appStateKeyId.toString('base64');
  }

  readonly #key = async (id: string) => (id === this.#keyId ? { keyData: this.#signal.credentials.appStateKey } : null);
}
