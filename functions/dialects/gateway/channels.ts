import * as z from 'zod';
import { OPERATIONS } from '../../../lib/core/catalogue/operations.ts';
import type { Route } from '../dialect.ts';
import { answer, ok } from './envelope.ts';
import { actionRow } from './rows.ts';

const TAG = 'Channels';
const PATH = '/api/channels/:instanceId';
const done = answer({ message: z.string(), channelId: z.string() });
const { channels } = OPERATIONS['channel.list'].output.shape;
/** WhatsApp mutes a channel until it is unmuted: the time of document C is taken and not kept. */
const muted = z.object({ duration: z.number().int().min(0).optional() });

export const channelRoutes: Route[] = [
  actionRow({
    method: 'GET',
    path: PATH,
    op: 'channel.list',
    tag: TAG,
    toInput: () => ({}),
    response: answer({ data: channels, count: z.number().int() }),
    respond: ({ channels: data }) => ok({ data, count: data.length }),
  }),
  ...(
    [
      ['follow', 'Channel followed successfully'],
      ['unfollow', 'Channel unfollowed successfully'],
      ['mute', 'Channel muted until it is unmuted'],
      ['unmute', 'Channel unmuted successfully'],
    ] as const
  ).map(([action, message]) =>
    actionRow({
      path: `${PATH}/:channelId/${action}`,
      op: `channel.${action}`,
      tag: TAG,
      ...(action === 'mute' && { body: muted }),
      toInput: (_body, { channelId }) => ({ channelId }),
      response: done,
      respond: ({ channelId }) => ok({ message, channelId }),
    }),
  ),
];
