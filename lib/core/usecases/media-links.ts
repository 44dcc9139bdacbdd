import { GatewayError, notFound } from '../errors.ts';
import type { MessageMedia } from '../model/message.ts';
import type { Ports } from '../ports/index.ts';

const DOWNLOAD_TTL_MS = 7 * 86_400_000;
export const UPLOAD_TTL_SECONDS = 3_600;
/** Binds a token to its use: one for an upload opens no download. */
const DOWNLOAD = 'media-download';
const UPLOAD = 'media-upload';

/** What a download link names: sealed, so nobody makes one up or reads it. */
export interface DownloadGrant {
  tenantId: string;
  instanceId: string;
  /** WhatsApp's id of the message that the file came with. */
  messageId: string;
  mediaId: string;
}

export interface UploadGrant {
  instanceId: string;
  mediaId: string;
  size: number;
  mimetype: string;
  fileName: string | undefined;
}

export type LinkPorts = Pick<Ports, 'seal' | 'clock'> & { policy: Pick<Ports['policy'], 'publicUrl'> };

/** A link that serves the file to whoever has it, for seven days. */
export function downloadLink(ports: LinkPorts, grant: DownloadGrant): string {
  return `${ports.policy.publicUrl}/api/media/files/${seal(ports, DOWNLOAD, grant, DOWNLOAD_TTL_MS)}`;
}

/** The link of a stored message's file; null when it has none that can be fetched. */
export function linkOfMessage(
  ports: LinkPorts,
  place: { tenantId: string; instanceId: string; messageId: string },
  media: Pick<MessageMedia, 'id'> | null | undefined,
): string | null {
  return media?.id ? downloadLink(ports, { ...place, mediaId: media.id }) : null;
}

/** @throws GatewayError RESOURCE_NOT_FOUND for a token that is none, or has expired */
export function readDownloadLink(ports: Pick<Ports, 'seal' | 'clock'>, token: string): DownloadGrant {
  return open(ports, DOWNLOAD, token) as DownloadGrant;
}

/** Where the API itself takes the bytes of an upload, for an hour. */
export function uploadLink(ports: LinkPorts, grant: UploadGrant): string {
  return `${ports.policy.publicUrl}/api/media/uploads/${seal(ports, UPLOAD, grant, UPLOAD_TTL_SECONDS * 1_000)}`;
}

/** @throws GatewayError RESOURCE_NOT_FOUND for a token that is none, or has expired */
export function readUploadLink(ports: Pick<Ports, 'seal' | 'clock'>, token: string): UploadGrant {
  return open(ports, UPLOAD, token) as UploadGrant;
}

/** Fills in the links of what is told of messages. */
export function withMediaLinks<E extends { tenantId: string; instanceId: string | null; data: object }>(
  ports: LinkPorts,
  event: E,
): E {
  const { media, messageId } = event.data as { media?: { id: string | null } | null; messageId?: string };
  if (!media?.id || !messageId || event.instanceId === null) return event;
  const place = { tenantId: event.tenantId, instanceId: event.instanceId, messageId: messageId.replace(/^msg_/, '') };
  return { ...event, data: { ...event.data, media: { ...media, url: linkOfMessage(ports, place, media) } } };
}

function seal({ seal: sealer, clock }: LinkPorts, use: string, grant: object, ttlMs: number): string {
  const text = JSON.stringify({ ...grant, until: clock() + ttlMs });
  return Buffer.from(sealer.seal(text, use), 'base64').toString('base64url');
}

function open({ seal: sealer, clock }: Pick<Ports, 'seal' | 'clock'>, use: string, token: string): unknown {
  const sealed = /^[A-Za-z0-9_-]{40,2000}$/.test(token) ? Buffer.from(token, 'base64url').toString('base64') : '';
  const text = sealer.open(sealed, use);
  if (text === undefined) throw notFound('file');
  const { until, ...grant } = JSON.parse(text) as { until: number };
  if (until <= clock()) throw new GatewayError('RESOURCE_NOT_FOUND', 'This link has expired.');
  return grant;
}
