import { pino } from 'pino';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { readConfig } from '../../lib/core/config.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import { createPorts } from '../api/ports.ts';
import { type AdminPorts, runAdminCommand } from './commands.ts';

export type AdminAnswer =
  | { ok: true; result: object }
  | { ok: false; error: string; message: string; details?: unknown };

/**
 * Answers direct invocations, which IAM permits; nothing routes a request here. What the caller did wrong is answered,
 * so that it can be told from a failure of ours, which is thrown.
 */
export function createAdminHandler(build: () => AdminPorts): (event: unknown) => Promise<AdminAnswer> {
  let ports: AdminPorts | undefined;
  return async (event) => {
    ports ??= build();
    try {
      return { ok: true, result: await runAdminCommand(ports, event) };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const { code, message, details } = error;
      return { ok: false, error: code, message, ...(details === undefined ? {} : { details }) };
    }
  };
}

export const handler = createAdminHandler(() => {
  const config = readConfig(process.env);
  return createPorts(config, createAdapters(config), { log: pino({ level: config.logLevel, base: null }) });
});
