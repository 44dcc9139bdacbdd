import { type BinaryNode, proto } from '../lib/baileys/index.ts';
import type { Account, Device } from './directory.ts';
import type { Network } from './network.ts';
import { orderedKey } from './state.ts';
import { bytesOf, childOf, childrenNamed, node } from './wire.ts';

/** The patches of one collection, oldest first; the collection's version is their number. */
const collectionsOf = new WeakMap<Account, Map<string, Buffer[]>>();

/**
 * Handles `xmlns="w:sync:app:state"`: a device uploads encrypted patches of a collection (archived chats, pins, …) or
 * asks for those after its version. The server cannot read them; it only orders them, so a patch must build on the
 * newest version (409 otherwise). Collections are served as patches from version 0, never as snapshots.
 */
export function handleAppState(network: Network, sender: Device, query: BinaryNode): void {
  const changed: string[] = [];
  const answers = childrenNamed(childOf(query, 'sync'), 'collection').map((request) => {
    const name = request.attrs.name ?? '';
    const from = Number(request.attrs.version ?? 0);
    const patches = patchesOf(network, sender.account, name);
    const uploaded = childrenNamed(request, 'patch');
    if (uploaded.length === 0) return collectionSince(name, from, patches);
    if (from !== patches.length) {
      return node('collection', { name, type: 'error', version: String(patches.length) }, [
        node('error', { code: '409', text: 'conflict' }),
      ]);
    }
    for (const upload of uploaded) append(network, sender.account, name, patches, bytesOf(upload));
    changed.push(name);
    return node('collection', { name, version: String(patches.length) });
  });
  network.reply(sender, query, [node('sync', {}, answers)]);
  for (const name of changed) {
    const version = String(patchesOf(network, sender.account, name).length);
    const content = [node('collection', { name, version })];
    network.notify(sender.account, sender.account.jid('pn'), 'server_sync', content, sender);
  }
}

/** The patches of a collection so far, oldest first. */
export function storedPatches(network: Network, account: Account, name: string): readonly Buffer[] {
  return patchesOf(network, account, name);
}

/** The phone's own patch. Returns false, and changes nothing, unless it builds on the newest version. */
export function appendPatch(
  network: Network,
  account: Account,
  name: string,
  onVersion: number,
  patch: Buffer,
): boolean {
  const patches = patchesOf(network, account, name);
  if (patches.length !== onVersion) return false;
  network.state.transaction(() => {
    append(network, account, name, patches, patch);
    const content = [node('collection', { name, version: String(patches.length) })];
    network.notify(account, account.jid('pn'), 'server_sync', content);
  });
  return true;
}

function collectionSince(name: string, from: number, patches: Buffer[]): BinaryNode {
  const newer = patches.slice(from).map((patch) => node('patch', {}, patch));
  const content = newer.length > 0 ? [node('patches', {}, newer)] : undefined;
  return node('collection', { name, version: String(from), has_more_patches: 'false' }, content);
}

function append(network: Network, account: Account, name: string, patches: Buffer[], uploaded: Buffer): void {
  // The uploader leaves the version out; readers need it to check the patch's MAC.
  const patch = proto.SyncdPatch.decode(uploaded);
  patch.version = { version: patches.length + 1 };
  const stored = Buffer.from(proto.SyncdPatch.encode(patch).finish());
  patches.push(stored);
  network.state.put(scopeOf(account), `${name}/${orderedKey(patches.length)}`, stored);
}

function patchesOf(network: Network, account: Account, name: string): Buffer[] {
  let collections = collectionsOf.get(account);
  if (!collections) {
    collections = new Map();
    collectionsOf.set(account, collections);
    for (const [key, patch] of network.state.entries<Buffer>(scopeOf(account))) {
      const collection = key.split('/')[0] ?? '';
      collections.set(collection, [...(collections.get(collection) ?? []), patch]);
    }
  }
  const patches = collections.get(name) ?? [];
  collections.set(name, patches);
  return patches;
}

const scopeOf = (account: Account): string => `appstate:${account.number}`;
