import * as z from 'zod';
import { issueLiveTicket } from '../../../lib/core/usecases/issue-live-ticket.ts';
import { type Route, route } from '../dialect.ts';
import { emptyBody } from './fields.ts';
import { isoTime } from './responses.ts';
import { iso } from './views.ts';

export const liveRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/api/ws/ticket',
    summary: 'A ticket that opens one WebSocket on /ws/dashboard within a minute',
    tag: 'Live updates',
    credential: 'user',
    body: emptyBody,
    status: 201,
    response: z.object({
      ticket: z.string().meta({ examples: ['tkt_7QbXk2mVdL0sYz8wNfHc3RtGj5PaEu1W'] }),
      expiresAt: isoTime,
      url: z.string().meta({ examples: ['/ws/dashboard?ticket=tkt_7QbXk2mVdL0sYz8wNfHc3RtGj5PaEu1W'] }),
    }),
    repeats: 'ignored',
    run: async (ports, { principal }) => {
      const { ticket, expiresAtMs } = await issueLiveTicket(ports, principal);
      return { data: { ticket, expiresAt: iso(expiresAtMs), url: `/ws/dashboard?ticket=${ticket}` } };
    },
  }),
];
