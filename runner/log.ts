import { createHash } from 'node:crypto';
import { pino } from 'pino';
import type { SocketConfig } from '../lib/baileys/index.ts';

export type Logger = pino.Logger;
type ILogger = SocketConfig['logger'];

/** JSON logs to stdout, one object a line. */
export function createLogger(level: string, base: Record<string, unknown> = {}): Logger {
  return pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime });
}

/** A phone number (digits) as logs may carry it, to look for one that is known: `printf 4915… | sha256sum | cut -c1-12`. */
export function hashForLog(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}

/**
 * The logger that Baileys gets. It passes on only the fixed text of warnings and errors: the objects that Baileys logs
 * carry JIDs, stanzas and message bodies, which must never reach a log.
 */
export function baileysLogger(logger: Logger): ILogger {
  const pass = (level: 'warn' | 'error') => (first: unknown, text?: string) => {
    const message = typeof first === 'string' ? first : (text ?? 'event');
    const cause = typeof first === 'object' && first !== null ? causeOf(first as Record<string, unknown>) : undefined;
    logger[level]({ lib: 'baileys', ...(cause ? { cause } : {}) }, message.slice(0, 200));
  };
  const ignore = () => undefined;
  const self: ILogger = {
    level: 'warn',
    child: () => self,
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: pass('warn'),
    error: pass('error'),
  };
  return self;
}

function causeOf(fields: Record<string, unknown>): string | undefined {
  const error = fields.err ?? fields.error ?? fields.trace;
  if (error instanceof Error) return `${error.name}: ${error.message}`.replace(/\d{6,}/g, '#').slice(0, 200);
  return undefined;
}
