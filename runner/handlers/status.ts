import type { AnyMessageContent } from '../../lib/baileys/index.ts';
import type { OperationInput } from '../../lib/core/catalogue/operations.ts';
import { GatewayError, notFound } from '../../lib/core/errors.ts';
import { publicMessageId, whatsappMessageId } from '../../lib/core/model/ids.ts';
import type { MediaKind } from '../../lib/core/model/media.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import { LID_SERVER, STATUS_JID, USER_SERVER } from '../../lib/core/model/phone.ts';
import type { SendOptions } from '../session/whatsapp-session.ts';
import type { Handler, HandlerContext } from './index.ts';
import { asOpus, type Convert, NO_THUMBNAIL, voiceContent, withFile } from './media.ts';
import { type Delivered, deliver } from './sending.ts';

const MAX_AUDIENCE = 5_000;
const PAGE = 500;

export const postText: Handler<'status.sendText'> = (context, { text, backgroundColor, font, audience }) =>
  post(
    context,
    audience,
    { text },
    { ...(backgroundColor && { backgroundColor }), ...(font !== undefined && { font }) },
  );

type FileInput = OperationInput<'status.sendImage'>;

export const postImage: Handler<'status.sendImage'> = (context, input) =>
  postFile(context, 'image', input, (url, mimetype) => ({
    ...{ image: { url }, mimetype, ...NO_THUMBNAIL },
    ...(input.caption && { caption: input.caption }),
  }));

export const postVideo: Handler<'status.sendVideo'> = (context, input) =>
  postFile(context, 'video', input, (url, mimetype) => ({
    ...{ video: { url }, mimetype, ...NO_THUMBNAIL },
    ...(input.caption && { caption: input.caption }),
  }));

/** Baileys leaves the colour out where it cannot measure the sound. */
export const postVoice: Handler<'status.sendVoice'> = (context, { backgroundColor: color, ...input }) =>
  postFile(
    context,
    'voice',
    input,
    async (path, mimetype) => ({
      ...(await voiceContent(path, mimetype)),
      ...(color && { backgroundArgb: Number.parseInt(`ff${color.slice(1)}`, 16) }),
    }),
    asOpus,
  );

function postFile(
  context: HandlerContext,
  kind: MediaKind,
  input: FileInput,
  contentOf: (url: string, mimetype: string) => AnyMessageContent | Promise<AnyMessageContent>,
  convert?: Convert,
): Promise<Delivered> {
  return withFile(context, kind, input, convert, async (path, mimetype) =>
    post(context, input.audience, await contentOf(path, mimetype), {}),
  );
}

/** Posts for an audience, which is kept: whoever got it must hear when it is taken back. */
async function post(
  context: HandlerContext,
  audience: readonly string[] | undefined,
  content: AnyMessageContent,
  options: SendOptions,
): Promise<Delivered> {
  const statusJidList = audience ? [...new Set(audience)] : await everybody(context);
  if (statusJidList.length === 0) {
    const details = { reason: 'NO_AUDIENCE' };
    throw new GatewayError('INVALID_STATE', 'The instance knows nobody who could see the status.', { details });
  }
  context.session.statuses.keepAudience(context.command.messageId as string, statusJidList);
  return deliver(context, { to: STATUS_JID }, content, { ...options, statusJidList });
}

/** JIDs of the people whom the instance has heard of and has not blocked; of very many, some. */
async function everybody({ messages, command }: HandlerContext): Promise<string[]> {
  const jids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await messages.listContacts(command.instanceId, {}, PAGE, cursor);
    for (const { phone, lid, blocked } of page.items) {
      if (!blocked && (phone || lid)) jids.add(phone ? `${phone}@${USER_SERVER}` : `${lid}@${LID_SERVER}`);
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor && jids.size < MAX_AUDIENCE);
  return [...jids].slice(0, MAX_AUDIENCE);
}

export const deleteStatus: Handler<'status.delete'> = async (context, { messageId }) => {
  const { session, command, messages, clock } = context;
  const status = await messages.get(command.instanceId, messageId);
  if (status?.chat !== STATUS_JID || status.direction !== 'sent') throw notFound('status');
  const audience = (await session.statuses.audienceOf(messageId)) ?? (await everybody(context));
  const id = whatsappMessageId(command.tenantId, command.instanceId, command.id);
  await session.statuses.revoke(messageId, audience, id);
  const revokedAtMs = status.revokedAtMs ?? clock();
  return {
    output: { messageId: publicMessageId(messageId), revokedAtMs },
    writes: [{ kind: 'message', id: messageId, scope: OUT_SCOPE, once: { revokedAtMs } }],
  };
};
