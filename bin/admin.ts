/** `npm run admin -- …`: what the operator of a gateway on this machine may do while it runs. DATA_DIR says which one. */
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { runAdminCommand } from '../functions/admin/commands.ts';
import { createPorts } from '../functions/api/ports.ts';
import { createAdapters } from '../lib/core/adapters/index.ts';
import { readAdminFile } from '../lib/core/adapters/local/admin-file.ts';
import { readJwtSecrets } from '../lib/core/adapters/local/secrets-file.ts';
import { ENV, readConfig } from '../lib/core/config.ts';
import { GatewayError } from '../lib/core/errors.ts';

const USAGE = `npm run admin -- COMMAND

  show SUBSCRIPTION              the subscription, by its id or the e-mail address of one of its users
  tier SUBSCRIPTION TIER         gives it a tier: BASIC (5 instances), PRO (20) or MAX (40)
  quota SUBSCRIPTION N|none      warns at 80 % and 100 % of N messages sent in a month
  reset-password EMAIL           gives a user a temporary password and ends their sessions
  dead-letters list [QUEUE]      what could not be done, queue by queue, or of one queue with the reasons
  dead-letters redrive QUEUE     puts it back into the queue`;

/** Fields of a command, by its name, in the order of the command line; those with `?` may be left away. */
const FIELDS: Record<string, readonly string[]> = {
  show: ['subscription'],
  tier: ['subscription', 'tier'],
  quota: ['subscription', 'monthlyMessages'],
  'reset-password': ['email'],
  'dead-letters': ['action', 'queue?'],
};

function fail(message: string, exitCode: number): never {
  console.error(message);
  process.exit(exitCode);
}

const [command = '', ...values] = process.argv.slice(2);
const fields = Object.hasOwn(FIELDS, command) ? FIELDS[command] : undefined;
const needed = fields?.filter((name) => !name.endsWith('?')).length ?? 0;
if (!fields || values.length < needed || values.length > fields.length) fail(USAGE, 2);

const dataDir = resolve(process.env.DATA_DIR ?? '.switchboard');
const running = readAdminFile(dataDir);
if (!running) fail(`No gateway runs on ${dataDir}. Start it with npm start, or name another one with DATA_DIR.`, 1);

const config = readConfig({ ...running.env, [ENV.jwtSecrets]: readJwtSecrets(join(dataDir, 'jwt-secrets')) });
const adapters = createAdapters(config);
try {
  const given = Object.fromEntries(values.map((value, i) => [fields[i]?.replace('?', ''), value]));
  const payload = { command, ...given, ...(given.tier && { tier: given.tier.toUpperCase() }) };
  const ports = createPorts(config, adapters, { log: pino({ level: 'silent' }) });
  console.log(JSON.stringify(await runAdminCommand(ports, payload), null, 2));
} catch (error) {
  fail(error instanceof GatewayError ? error.message : `The gateway's database does not answer: ${error}`, 1);
} finally {
  adapters.close();
}
