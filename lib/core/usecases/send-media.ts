import { OPERATIONS, type OperationName } from '../catalogue/operations.ts';
import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import { MAX_MEDIA_BYTES, type MediaKind, readMediaText, sentMediaType } from '../model/media.ts';
import { judgeUrl } from '../model/outbound.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { judgedUrl } from './judge-url.ts';
import { type SubmitCommandInput, type SubmittedCommand, submitCommand } from './submit-command.ts';

const OPERATION_OF = {
  image: 'message.sendImage',
  document: 'message.sendDocument',
  audio: 'message.sendAudio',
  video: 'message.sendVideo',
} as const satisfies Record<MediaKind, string>;

export interface SendMediaInput {
  instance: Instance;
  kind: MediaKind;
  /** `message.send<Kind>` where it is not given. */
  operation?: OperationName | undefined;
  /** An http(s) URL, a data URL, or base64. */
  file: string;
  /** The operation's other fields: `to`, `caption`, `filename`, `mimetype`, `isAutoReply`. */
  fields: { mimetype?: string | undefined } & Record<string, unknown>;
  idempotency: SubmitCommandInput['idempotency'];
}

/**
 * Accepts a message with a file. A URL is judged here and fetched by the runner; a file in the request is judged by its
 * bytes and stored beside the command, whose row has no room for it.
 * @throws GatewayError VALIDATION_ERROR for a URL that is not called, what is not base64, or a file of another kind;
 *   NOT_IMPLEMENTED for base64 on a gateway without a media store; what `submitCommand` throws
 */
export async function sendMedia(
  ports: Pick<Ports, 'commands' | 'bells' | 'media' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  { instance, kind, file, fields, idempotency, operation = OPERATION_OF[kind] }: SendMediaInput,
): Promise<SubmittedCommand> {
  requirePermission(principal, OPERATIONS[operation].permission);
  requireReach(principal, instance);
  const submit = (media: object, more: object = {}) =>
    submitCommand(ports, principal, {
      instance,
      operation,
      input: { ...fields, ...more, media },
      idempotency: idempotency ?? null,
    });

  const read = readMediaText(kind, file);
  if ('url' in read) return submit({ url: judgedUrl(kind, judgeUrl, read.url, ports.policy.outbound) });

  const { media } = ports;
  if (!media) throw new GatewayError('NOT_IMPLEMENTED', `${kind}: this gateway takes files by https URL only.`);
  const declared = fields.mimetype ?? read.declared;
  const { fileTypeFromBuffer } = await import('file-type');
  const mimetype = sentMediaType(kind, (await fileTypeFromBuffer(read.bytes))?.mime, declared);
  const { id } = await media.put(instance.id, read.bytes, {
    ...{ purpose: 'outgoing', maxBytes: MAX_MEDIA_BYTES[kind], mimetype },
  });
  try {
    const submitted = await submit({ id }, { mimetype });
    if (submitted.replayed) await media.remove(instance.id, id);
    return submitted;
  } catch (error) {
    await media.remove(instance.id, id);
    throw error;
  }
}
