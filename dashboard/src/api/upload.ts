import { api, at } from './client.ts';

export type FileKind = 'image' | 'video' | 'audio' | 'document';

interface Granted {
  mediaId: string;
  upload: { method: string; url: string; headers: Record<string, string> };
}

/** What WhatsApp shows by itself goes as what it is; everything else as a document. */
export function kindOf(type: string): FileKind {
  if (/^image\/(png|jpe?g|webp)$/.test(type)) return 'image';
  if (/^video\/mp4$/.test(type)) return 'video';
  return /^audio\/(mpeg|mp4|ogg|aac|amr)/.test(type) ? 'audio' : 'document';
}

/** Brings a file to where an instance can send it from. Returns its id. @throws ApiError, Error */
export async function upload(instance: string, file: File): Promise<string> {
  const body = { size: file.size, mimetype: file.type || 'application/octet-stream', filename: file.name };
  const granted = await api<Granted>('POST', at`/api/instances/${instance}/media`, { body });
  const { method, url, headers } = granted.upload;
  const response = await fetch(sameOrigin(url), { method, headers, body: file });
  if (!response.ok) throw new Error(`the upload was refused with ${response.status}`);
  return granted.mediaId;
}

/** The gateway may know itself under another name than the one that this page was opened by. */
export function sameOrigin(url: string): string {
  const { pathname, search } = new URL(url, location.origin);
  return pathname.startsWith('/api/') ? `${pathname}${search}` : url;
}
