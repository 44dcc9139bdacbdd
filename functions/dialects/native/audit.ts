import * as z from 'zod';
import { AUDIT_ACTIONS, type AuditEntry } from '../../../lib/core/model/audit.ts';
import { listAuditLog } from '../../../lib/core/usecases/list-audit-log.ts';
import { type Route, route } from '../dialect.ts';
import { moment, page, perPage } from './fields.ts';
import { auditEntry } from './responses.ts';
import { iso } from './views.ts';

export const auditRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/audit/logs',
    summary: 'Who changed what in the subscription, newest first',
    tag: 'Audit log',
    credential: 'user',
    query: z.object({
      page,
      per_page: perPage,
      cursor: z.string().min(1).max(2048).optional(),
      action: z.string().toUpperCase().pipe(z.enum(AUDIT_ACTIONS)).optional(),
      user_id: z.string().min(1).max(128).optional().meta({ description: 'Id of the user or API key who did it' }),
      from: moment(false).optional(),
      to: moment(true).optional(),
    }),
    status: 200,
    response: z.object({ logs: z.array(auditEntry) }),
    run: async (ports, { principal, query }) => {
      const { items, nextCursor } = await listAuditLog(ports, principal, {
        filter: { action: query.action, actorId: query.user_id, fromMs: query.from, toMs: query.to },
        page: query.page,
        perPage: query.per_page,
        cursor: query.cursor,
      });
      const position = query.cursor === undefined ? { page: query.page } : {};
      return {
        data: { logs: items.map(entryView) },
        pagination: { ...position, per_page: query.per_page, next_cursor: nextCursor, has_more: nextCursor !== null },
      };
    },
  }),
];

function entryView({ id, action, actor, target, origin, before, after, atMs }: AuditEntry): object {
  return { id, action, timestamp: iso(atMs), actor, target, ...origin, before, after };
}
