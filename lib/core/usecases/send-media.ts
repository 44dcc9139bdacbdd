import { OPERATIONS, type OperationName } from '../catalogue/operations.ts';
import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import { MAX_MEDIA_BYTES, type MediaKind, purposeOf, readMediaText, sentMediaType } from '../model/media.ts';
import { judgeUrl } from '../model/outbound.ts';
import { hasVariables } from '../model/template.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { judgedUrl } from './judge-url.ts';
import { type SubmitCommandInput, type SubmittedCommand, submitCommand } from './submit-command.ts';

const OPERATION_OF = {
  image: 'message.sendImage',
  document: 'message.sendDocument',
  audio: 'message.sendAudio',
  video: 'message.sendVideo',
  voice: 'message.sendVoice',
  sticker: 'message.sendSticker',
} as const satisfies Record<MediaKind, OperationName>;

/** A file as its caller named it: `url` is an http(s) URL, a data URL or base64; `id` one of an upload. */
export type FileReference = { url: string } | { id: string };

type MediaPorts = Pick<Ports, 'commands' | 'bells' | 'media' | 'policy' | 'log' | 'clock'>;

export interface SendMediaInput {
  instance: Instance;
  kind: MediaKind;
  /** `message.send<Kind>` where it is not given. */
  operation?: OperationName | undefined;
  file: string | FileReference;
  /** The operation's other fields: `to`, `caption`, `filename`, `mimetype`, `isAutoReply`. */
  fields: { mimetype?: string | undefined } & Record<string, unknown>;
  idempotency: SubmitCommandInput['idempotency'];
}

/** Accepts a message with one file. @throws what `submitWithMedia` throws */
export function sendMedia(
  ports: MediaPorts,
  principal: Principal,
  { instance, kind, file, fields, idempotency, operation = OPERATION_OF[kind] }: SendMediaInput,
): Promise<SubmittedCommand> {
  const media = typeof file === 'string' ? { url: file } : file;
  return submitWithMedia(ports, principal, {
    ...{ instance, operation, idempotency: idempotency ?? null },
    input: { ...fields, media },
  });
}

/** A file as the command names it, and its type where the bytes have told. */
interface Placed {
  media?: FileReference;
  mimetype?: string;
}

interface WithMedia {
  media?: FileReference;
  mimetype?: string;
  convert?: boolean;
  items?: readonly (Record<string, unknown> & { kind: MediaKind; media: FileReference })[];
}

/**
 * Accepts an operation whose input names files, as `media` or in `items`. A URL is judged here and fetched by the
 * runner; a file in the request is judged by its bytes and stored beside the command, whose row has no room for it.
 * @throws GatewayError VALIDATION_ERROR for a URL that is not called, what is not base64, a file of another kind, or an
 *   upload that is not there; NOT_IMPLEMENTED for files on a gateway without a media store; what `submitCommand` throws
 */
export async function submitWithMedia(
  ports: MediaPorts,
  principal: Principal,
  { instance, operation, input, idempotency = null }: SubmitCommandInput,
): Promise<SubmittedCommand> {
  requirePermission(principal, OPERATIONS[operation].permission);
  requireReach(principal, instance);
  const { input: placed, stored } = await placeFiles(ports, instance.id, operation, input);
  try {
    const submitted = await submitCommand(ports, principal, { instance, operation, idempotency, input: placed });
    if (submitted.replayed) await removeFiles(ports, instance.id, stored);
    return submitted;
  } catch (error) {
    await removeFiles(ports, instance.id, stored);
    throw error;
  }
}

/**
 * The input with its files where the runner finds them; an address with `{{variables}}` stays as it is. `stored`: what
 * was put into the media store for it, to be removed by whoever does not use it.
 * @throws GatewayError as `submitWithMedia`
 */
export async function placeFiles(
  ports: Pick<Ports, 'media' | 'policy'>,
  instanceId: string,
  operation: OperationName,
  input: unknown,
): Promise<{ input: Record<string, unknown>; stored: string[] }> {
  const { media, items, ...fields } = input as WithMedia;
  const stored: string[] = [];
  const place = async (kind: MediaKind, file: FileReference, declared?: string): Promise<Placed> =>
    'url' in file && hasVariables(file.url)
      ? { media: file }
      : placeFile(ports, instanceId, kind, file, declared, stored);
  try {
    // What is converted first may be of any kind.
    const kind = fields.convert ? 'document' : kindOf(operation);
    const placed: Placed = media ? await place(kind, media, fields.mimetype) : {};
    const isTyped = placed.mimetype !== undefined && 'mimetype' in OPERATIONS[operation].input.shape;
    const placedItems = [];
    for (const item of items ?? []) placedItems.push({ ...item, media: (await place(item.kind, item.media)).media });
    const all = {
      ...fields,
      ...(placed.media && { media: placed.media }),
      ...(isTyped && { mimetype: placed.mimetype }),
      ...(items && { items: placedItems }),
    };
    return { input: all, stored };
  } catch (error) {
    await removeFiles(ports, instanceId, stored);
    throw error;
  }
}

/** Kinds of the files of operations that are not called after them. */
const KIND_OF: Partial<Record<OperationName, MediaKind>> = {
  'message.sendLink': 'image',
  'group.setPicture': 'image',
  'profile.setPicture': 'image',
  'channel.setPicture': 'image',
  'channel.sendImage': 'image',
  'channel.sendVideo': 'video',
  'channel.sendDocument': 'document',
  'status.sendImage': 'image',
  'status.sendVideo': 'video',
  'status.sendVoice': 'audio',
};

function kindOf(operation: OperationName): MediaKind {
  const [kind] = Object.entries(OPERATION_OF).find(([, name]) => name === operation) ?? [];
  // What is converted may be anything that ffmpeg reads.
  return (kind as MediaKind | undefined) ?? KIND_OF[operation] ?? 'document';
}

/** @param stored gets the id of what was stored for this request */
async function placeFile(
  { media, policy }: Pick<Ports, 'media' | 'policy'>,
  instanceId: string,
  kind: MediaKind,
  file: FileReference,
  declared: string | undefined,
  stored: string[],
): Promise<Placed & { media: FileReference }> {
  if ('id' in file) {
    const facts = purposeOf(file.id) && (await media?.stat(instanceId, file.id));
    if (!facts) throw invalid(kind, 'There is no such upload.');
    if (facts.size > MAX_MEDIA_BYTES[kind])
      throw invalid(kind, `The file is larger than ${MAX_MEDIA_BYTES[kind]} bytes.`);
    return { media: file };
  }
  const read = readMediaText(kind, file.url);
  if ('url' in read) return { media: { url: judgedUrl(kind, judgeUrl, read.url, policy.outbound) } };
  if (!media) throw new GatewayError('NOT_IMPLEMENTED', `${kind}: this gateway takes files by https URL only.`);
  const { fileTypeFromBuffer } = await import('file-type');
  const mimetype = sentMediaType(kind, (await fileTypeFromBuffer(read.bytes))?.mime, declared ?? read.declared);
  const limits = { purpose: 'outgoing', maxBytes: MAX_MEDIA_BYTES[kind], mimetype } as const;
  const { id } = await media.put(instanceId, read.bytes, limits);
  stored.push(id);
  return { media: { id }, ...(kind === 'voice' || kind === 'sticker' ? {} : { mimetype }) };
}

/** Takes out again what `placeFiles` has stored. */
export async function removeFiles(
  { media }: Pick<Ports, 'media'>,
  instanceId: string,
  ids: readonly string[],
): Promise<void> {
  await Promise.all(ids.map((id) => media?.remove(instanceId, id)));
}

function invalid(kind: MediaKind, message: string): GatewayError {
  return new GatewayError('VALIDATION_ERROR', `${kind}: ${message}`, { details: [{ path: kind, message }] });
}
