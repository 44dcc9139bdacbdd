import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import { MAX_MEDIA_BYTES, newMediaId, safeFileName } from '../model/media.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { type LinkPorts, readUploadLink, UPLOAD_TTL_SECONDS, uploadLink } from './media-links.ts';

export interface NewUpload {
  instance: Instance;
  size: number;
  mimetype: string;
  fileName?: string | undefined;
}

export interface GrantedUpload {
  mediaId: string;
  upload: { method: 'PUT'; url: string; headers: Record<string, string>; expiresAtMs: number };
}

/**
 * A place for a file that is too large for a request: the caller puts its bytes there, then sends the id.
 * @throws GatewayError NOT_IMPLEMENTED without a media store; PAYLOAD_TOO_LARGE
 */
export async function grantUpload(
  ports: Pick<Ports, 'media'> & LinkPorts,
  principal: Principal,
  { instance, size, mimetype, fileName }: NewUpload,
): Promise<GrantedUpload> {
  const media = requireStore(ports, principal, instance, size);
  const mediaId = newMediaId('outgoing');
  const file = { size, mimetype, expiresInSeconds: UPLOAD_TTL_SECONDS };
  const direct = await media.uploadUrl(instance.id, mediaId, file);
  const grant = { instanceId: instance.id, mediaId, size, mimetype, fileName: safeFileName(fileName) };
  const { url, headers } = direct ?? {
    url: uploadLink(ports, grant),
    headers: { 'content-length': String(size), 'content-type': mimetype },
  };
  return { mediaId, upload: { method: 'PUT', url, headers, expiresAtMs: ports.clock() + UPLOAD_TTL_SECONDS * 1_000 } };
}

/** Stores a file that came in the request itself. @throws GatewayError as `grantUpload` */
export async function storeUpload(
  ports: Pick<Ports, 'media'>,
  principal: Principal,
  { instance, bytes, mimetype, fileName }: Omit<NewUpload, 'size'> & { bytes: Uint8Array },
): Promise<{ mediaId: string; size: number; sha256: string }> {
  const media = requireStore(ports, principal, instance, bytes.byteLength);
  const limits = { purpose: 'outgoing', maxBytes: MAX_MEDIA_BYTES.document, mimetype } as const;
  const { id, size, sha256 } = await media.put(instance.id, bytes, { ...limits, fileName: safeFileName(fileName) });
  return { mediaId: id, size, sha256 };
}

/**
 * Takes the bytes of a granted upload, streaming.
 * @throws GatewayError RESOURCE_NOT_FOUND for a link that is none; VALIDATION_ERROR when it is not the stated size
 */
export async function receiveUpload(
  ports: Pick<Ports, 'media' | 'seal' | 'clock'>,
  token: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ mediaId: string; size: number; sha256: string }> {
  const { instanceId, mediaId, size, mimetype, fileName } = readUploadLink(ports, token);
  if (!ports.media) throw new GatewayError('NOT_IMPLEMENTED');
  const file = { purpose: 'outgoing', maxBytes: size, id: mediaId, mimetype, fileName } as const;
  const stored = await ports.media.put(instanceId, bytes, file);
  if (stored.size !== size) {
    await ports.media.remove(instanceId, mediaId);
    throw new GatewayError('VALIDATION_ERROR', `The file has ${stored.size} bytes instead of ${size}.`);
  }
  return { mediaId, size, sha256: stored.sha256 };
}

function requireStore({ media }: Pick<Ports, 'media'>, principal: Principal, instance: Instance, size: number) {
  requirePermission(principal, 'message:send');
  requireReach(principal, instance);
  if (!media) throw new GatewayError('NOT_IMPLEMENTED', 'This gateway takes files by https URL only.');
  if (size > MAX_MEDIA_BYTES.document) {
    throw new GatewayError('PAYLOAD_TOO_LARGE', undefined, { details: { maxBytes: MAX_MEDIA_BYTES.document } });
  }
  return media;
}
