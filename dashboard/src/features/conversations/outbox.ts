import { useSyncExternalStore } from 'react';
import { api, at } from '../../api/client.ts';
import { type FileKind, kindOf, upload } from '../../api/upload.ts';

/** Something on its way to the gateway, or that did not get there. Lives in this page only. */
export interface Outgoing {
  /** Also its Idempotency-Key: what is tried again is sent once. */
  id: string;
  instance: string;
  chat: string;
  text: string;
  quotedMessageId?: string | undefined;
  file?: File | undefined;
  /** Of a file that can be shown. */
  previewUrl?: string | undefined;
  /** Known once the gateway has taken it; it then stays until the list of messages has it. */
  messageId?: string;
  error?: unknown;
}

/** What goes as text inside of a request; larger files are uploaded first. */
const MAX_INLINE_BYTES = 3 * 1024 * 1024;

let all: readonly Outgoing[] = [];
const listeners = new Set<() => void>();
/** Of what was sent from here: the API keeps no file of a sent message. */
const previews = new Map<string, string>();
/** One after the other, in the order in which they were written. */
let turn: Promise<unknown> = Promise.resolve();

export function useOutbox(): readonly Outgoing[] {
  return useSyncExternalStore(subscribe, () => all);
}

export function previewOf(messageId: string): string | undefined {
  return previews.get(messageId);
}

export function send(
  message: Pick<Outgoing, 'instance' | 'chat' | 'text' | 'quotedMessageId' | 'file'>,
): Promise<void> {
  const { file } = message;
  const isShown = file && /^(image|video)\//.test(file.type);
  const item: Outgoing = {
    ...message,
    id: crypto.randomUUID(),
    ...(isShown && { previewUrl: URL.createObjectURL(file) }),
  };
  set([...all, item]);
  return deliver(item);
}

export function sendAgain(item: Outgoing): Promise<void> {
  change(item.id, { error: undefined });
  return deliver(item);
}

/** Takes out what is in the list by now, or what is not to be sent after all. */
export function forget(ids: ReadonlySet<string>): void {
  if (all.some(({ id }) => ids.has(id))) set(all.filter(({ id }) => !ids.has(id)));
}

function deliver(item: Outgoing): Promise<void> {
  const sent = turn.then(async () => {
    try {
      const messageId = await accepted(item);
      if (item.previewUrl) previews.set(messageId, item.previewUrl);
      change(item.id, { messageId });
    } catch (error) {
      change(item.id, { error });
    }
  });
  turn = sent;
  return sent;
}

/** The id of the message that the gateway has taken. @throws ApiError */
async function accepted({ id, instance, chat, text, quotedMessageId, file }: Outgoing): Promise<string> {
  const kind = file ? kindOf(file.type) : 'text';
  const words = file ? text && kind !== 'audio' && { caption: text } : { text };
  const body = {
    to: chat,
    ...words,
    ...(quotedMessageId && { quotedMessageId }),
    ...(file && (await placed(instance, kind as FileKind, file))),
    ...(kind === 'document' && file && { filename: file.name, mimetype: file.type || undefined }),
  };
  const headers = { 'idempotency-key': id, prefer: 'respond-async' };
  const path = at`/api/instances/${instance}/messages/${kind}`;
  return (await api<{ messageId: string }>('POST', path, { body, headers })).messageId;
}

/** The file in the body itself, or the id of its upload. @throws ApiError */
async function placed(instance: string, kind: FileKind, file: File): Promise<object> {
  if (file.size <= MAX_INLINE_BYTES) return { [kind]: await dataUrlOf(file) };
  return { mediaId: await upload(instance, file) };
}

function dataUrlOf(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^data:;/, 'data:application/octet-stream;'));
    reader.onerror = () => reject(reader.error ?? new Error('the file cannot be read'));
    reader.readAsDataURL(file);
  });
}

function change(id: string, fields: Partial<Outgoing>): void {
  set(all.map((item) => (item.id === id ? { ...item, ...fields } : item)));
}

function set(next: readonly Outgoing[]): void {
  all = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
