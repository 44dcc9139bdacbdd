import type { QueryClient } from '@tanstack/react-query';
import { keys } from '../api/keys.ts';
import type { Dashboard, Instance, InstanceConnection, InstanceStatus } from '../api/types.ts';
import type { Frame } from './live.ts';

/** Brings what is cached up to what a frame says; what it does not say whole is asked for anew where it is shown. */
export function applyFrame(cache: QueryClient, { event, instanceName, data }: Frame): void {
  if (event === 'resync' || event === 'connected') {
    // What changed while nobody listened is not known: a resumed session is told it, another one asks.
    if (event === 'resync' || data.resumed !== true) void cache.invalidateQueries();
    return;
  }
  if (instanceName === null) return;
  if (event === 'instance_status_changed') {
    const status = data.status as InstanceStatus;
    const phone = data.phone as string | null;
    cache.setQueryData<Dashboard>(
      keys.overview,
      (old) => old && { ...old, instances: patched(old.instances, instanceName, { status, phone }) },
    );
    cache.setQueryData<Instance[]>(keys.instances, (old) => old && patched(old, instanceName, { status, phone }));
    cache.setQueryData<InstanceConnection>(keys.connection(instanceName), (old) => old && { ...old, status, phone });
    void cache.invalidateQueries({ queryKey: keys.ofInstance(instanceName) });
    void cache.invalidateQueries({ queryKey: keys.overview });
  }
  if (event === 'qr_code_updated') cache.setQueryData(keys.qr(instanceName), { ...data, status: 'WAITING_FOR_SCAN' });
  if (event === 'new_message_received') {
    soon(`received ${instanceName}`, RECEIVED_MS, () => {
      void cache.invalidateQueries({ queryKey: keys.overview });
      void cache.invalidateQueries({ queryKey: keys.messages(instanceName) });
      void cache.invalidateQueries({ queryKey: keys.stats(instanceName) });
    });
  }
  // The conversation that it belongs to hears of it itself; what else counts it may come a little later.
  if (event === 'message_changed' && data.status !== 'DELIVERED' && data.status !== 'READ') {
    soon(`changed ${instanceName}`, CHANGED_MS, () => {
      void cache.invalidateQueries({ queryKey: keys.overview });
      void cache.invalidateQueries({ queryKey: keys.chats(instanceName) });
      void cache.invalidateQueries({ queryKey: keys.stats(instanceName) });
    });
  }
}

/** Frames that come in a burst are one reason to ask. */
const RECEIVED_MS = 150;
const CHANGED_MS = 1_000;
const gathering = new Set<string>();

export function soon(what: string, waitMs: number, ask: () => void): void {
  if (gathering.has(what)) return;
  gathering.add(what);
  setTimeout(() => {
    gathering.delete(what);
    ask();
  }, waitMs);
}

function patched<T extends { name: string }>(rows: readonly T[], name: string, fields: Partial<T>): T[] {
  return rows.map((row) => (row.name === name ? { ...row, ...fields } : row));
}
