/** Calls swallowed: whole sessions (private keys included), failed decryptions, everything else libsignal says. */
export interface ConsoleGuardStats {
  sessions: number;
  failures: number;
  notices: number;
}

type Method = 'log' | 'info' | 'warn' | 'error' | 'debug';
type Kind = keyof ConsoleGuardStats;

const METHODS: readonly Method[] = ['log', 'info', 'warn', 'error', 'debug'];

/** What libsignal 6.0.0 prints, by its beginning. */
const KNOWN: readonly (readonly [prefix: string, kind: Kind])[] = [
  ['Closing session', 'sessions'],
  ['Opening session', 'sessions'],
  ['Removing old closed session', 'sessions'],
  ['Session already', 'sessions'],
  ['Failed to decrypt message with any known session', 'failures'],
  ['Session error:', 'failures'],
  ['Decrypted message with closed session', 'notices'],
  ['Closing open session in favor of incoming prekey bundle', 'notices'],
  ['Closing stale open session', 'notices'],
  ['Migrating session to', 'notices'],
  ['V1 session storage migration error', 'notices'],
  ['WARNING: Expected pubkey of length 33', 'notices'],
  ['Unhandled bucket type', 'notices'],
];

const SECRET = /privKey|rootKey|chainKey|messageKeys/;

/**
 * Replaces the methods of `console`. libsignal prints whole sessions through them, private keys included, and what is
 * printed ends in a log store. Its lines are counted and dropped, by what they say or by where they come from (the
 * texts alone also hold where a bundle has no file names). All others pass.
 */
export function guardConsole(stats: ConsoleGuardStats): void {
  const target = globalThis.console;
  for (const method of METHODS) {
    const stock = target[method].bind(target);
    target[method] = (...args: unknown[]) => {
      const kind = kindOf(args);
      if (kind) stats[kind]++;
      else stock(...args);
    };
  }
}

function kindOf(args: readonly unknown[]): Kind | null {
  const [first] = args;
  if (typeof first === 'string') {
    for (const [prefix, kind] of KNOWN) if (first.startsWith(prefix)) return kind;
  }
  if (args.some(holdsSecrets)) return 'sessions';
  return /[\\/]libsignal[\\/]/.test(new Error().stack ?? '') ? 'notices' : null;
}

function holdsSecrets(value: unknown): boolean {
  if (typeof value === 'string') return SECRET.test(value);
  if (typeof value !== 'object' || value === null) return false;
  const fields = Object.keys(value);
  return fields.includes('currentRatchet') || fields.includes('_chains') || fields.some((field) => SECRET.test(field));
}
