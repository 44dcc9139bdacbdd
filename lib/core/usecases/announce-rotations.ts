import { secretEndsAtMs } from '../model/key-rotation.ts';
import type { DueRotation, Ports } from '../ports/index.ts';

export type AnnouncePorts = Pick<Ports, 'apiKeys' | 'events' | 'eventQueue' | 'log' | 'clock'>;

const PAGE = 100;

/**
 * Tells the accounts whose keys are due for a new secret, once each. Nothing depends on it but the telling: a secret
 * ends when it ends. Returns how many were told.
 * @throws Error of a store; the next round goes on
 */
export async function announceRotations(ports: AnnouncePorts): Promise<number> {
  let told = 0;
  for (;;) {
    const due = await ports.apiKeys.listDue(ports.clock(), PAGE);
    for (const entry of due) {
      if (await announce(ports, entry)) told += 1;
      await ports.apiKeys.clearDue(entry);
    }
    if (due.length < PAGE) break;
  }
  if (told > 0) ports.log.info({ told }, 'keys are due for a new secret');
  return told;
}

async function announce(ports: AnnouncePorts, { tenantId, instanceId, keyId, dueAt }: DueRotation): Promise<boolean> {
  const key = await ports.apiKeys.get(tenantId, instanceId, keyId);
  if (!key || key.revokedAt !== null || key.rotation?.dueAt !== dueAt) return false;
  const secretValidUntil = new Date(secretEndsAtMs(key)).toISOString();
  const data = { keyId, name: key.name, hint: key.hint, dueAt, secretValidUntil };
  const event = { type: 'api_key.rotation_due' as const, instanceId: null, timestampMs: ports.clock(), data };
  const bell = await ports.events.recordAccountEvent(tenantId, event, `rotation|${keyId}|${dueAt}`);
  if (bell) {
    await ports.eventQueue.publish([bell]).catch((err: unknown) => ports.log.warn({ err }, 'the sweeper will tell'));
  }
  return bell !== undefined;
}
