import { GatewayError, notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Origin } from '../model/audit.ts';
import { purposeOf } from '../model/media.ts';
import type { Ports } from '../ports/index.ts';
import type { MediaFacts } from '../ports/media.ts';
import { awaitCommand, errorOfCommand } from './await-command.ts';
import { type DownloadGrant, readDownloadLink } from './media-links.ts';
import { submitCommand } from './submit-command.ts';

/** Whoever follows a link waits for the file to be fetched, for so long. */
const WAIT_MS = 20_000;
const REDIRECT_TTL_SECONDS = 300;
const MINUTE_MS = 60_000;

export type Download =
  | { redirect: string }
  | { facts: MediaFacts; body: AsyncIterable<Uint8Array> & { destroy(): void } };

/**
 * The file of a link: from the store, or fetched from WhatsApp now. One fetch a minute is begun for a file.
 * @throws GatewayError RESOURCE_NOT_FOUND; SERVICE_UNAVAILABLE while it is still being fetched; the fetch's own error
 */
export async function openDownload(
  ports: Pick<Ports, 'media' | 'seal' | 'clock' | 'instances' | 'commands' | 'bells' | 'log'>,
  token: string,
  origin: Origin,
): Promise<Download> {
  const grant = readDownloadLink(ports, token);
  const { media } = ports;
  if (!media || !purposeOf(grant.mediaId)) throw notFound('file');
  if (!(await media.stat(grant.instanceId, grant.mediaId))) await fetchNow(ports, grant, origin);
  const options = { expiresInSeconds: REDIRECT_TTL_SECONDS, disposition: 'attachment' };
  const redirect = await media.downloadUrl(grant.instanceId, grant.mediaId, options);
  if (redirect !== undefined) return { redirect };
  const found = await media.read(grant.instanceId, grant.mediaId);
  if (!found) throw notFound('file');
  return found;
}

async function fetchNow(
  ports: Pick<Ports, 'instances' | 'commands' | 'bells' | 'log' | 'clock'>,
  { tenantId, instanceId, messageId, mediaId }: DownloadGrant,
  origin: Origin,
): Promise<void> {
  const instance = await ports.instances.get(tenantId, instanceId);
  if (!instance) throw notFound('file');
  // The link is the credential: it may do this one thing.
  const principal: Principal = {
    ...{ kind: 'key' as const, origin, tenantId, instanceId, keyId: 'media-link', keyName: 'media link' },
    ...{ environment: null, createdById: instance.createdById },
    ...{ rateLimit: 0, permissions: ['message:read' as const] },
  };
  const minute = Math.floor(ports.clock() / MINUTE_MS);
  const { command } = await submitCommand(ports, principal, {
    ...{ instance, operation: 'media.download' as const, input: { messageId } },
    idempotency: { key: `media-link|${mediaId}|${minute}`, fingerprint: mediaId },
  });
  const ended = await awaitCommand(ports, { command, waitMs: WAIT_MS });
  const error = errorOfCommand(ended);
  if (error) throw error;
  if (ended.state !== 'done') {
    throw new GatewayError('SERVICE_UNAVAILABLE', 'The file is still being fetched.', { retryAfterSeconds: 5 });
  }
}
