/**
 * The one door to Baileys. Nothing else in the repository imports `@whiskeysockets/baileys` or `libsignal`
 * (tests/architecture.test.ts): the cures below must be in place before the library is loaded.
 */
import './cures.ts';

export * from '@whiskeysockets/baileys';
export { default } from '@whiskeysockets/baileys';
export type { ILogger } from '@whiskeysockets/baileys/lib/Utils/logger.js';
export { contentJson } from './content-json.ts';
export { type ConsoleGuardStats, consoleGuardStats } from './cures.ts';
