import { notFound } from '../../lib/core/errors.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import type { Handler } from './index.ts';
import { requireMessage } from './sending.ts';

export const downloadMedia: Handler<'media.download'> = async (context, { messageId }) => {
  const message = await requireMessage(context, messageId);
  const { stored, writes } = await context.session.media.download(message);
  if (!stored) throw notFound('file');
  return { output: { messageId: publicMessageId(message.id), ...stored }, writes };
};
