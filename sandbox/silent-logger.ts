import type { DEFAULT_CONNECTION_CONFIG } from '../lib/baileys/index.ts';

type Logger = Parameters<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>[1];

/** A logger that says nothing: the sandbox's phones must not write Signal state to anyone's log. */
export const silentLogger: Logger = {
  level: 'silent',
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
