import type { AuditActor, Origin } from '../model/audit.ts';

/** Whoever runs the gateway, as the audit log names them. */
export const OPERATOR: AuditActor = { kind: 'operator', id: 'operator', name: 'operator' };
export const OPERATOR_ORIGIN: Origin = { address: null, userAgent: null };
