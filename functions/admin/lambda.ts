import { createPasswordHasher } from '../../lib/core/adapters/crypto/password-hasher.ts';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { readRunnerConfig } from '../../lib/core/config.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import { createPolicy } from '../api/ports.ts';
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
  const config = readRunnerConfig(process.env);
  const { accounts, deadLetters } = createAdapters(config);
  return { accounts, deadLetters, passwords: createPasswordHasher(), policy: createPolicy(config), clock: Date.now };
});
