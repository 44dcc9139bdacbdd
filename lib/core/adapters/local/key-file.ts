import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyWrapper } from '../../ports/session-store.ts';
import { readOrCreatePrivateFile } from './private-file.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of what is wrapped, so that another format can be told apart later. */
const VERSION = 1;

/**
 * Wraps data keys with AES-256-GCM under a key in a file (0600), which is made when it is missing. Whoever loses the
 * file loses the sessions: they must then be linked again.
 * @throws Error when the file holds anything but 32 bytes of base64
 */
export function createKeyFileWrapper(path: string): KeyWrapper {
  const text = readOrCreatePrivateFile(path, () => `${randomBytes(KEY_BYTES).toString('base64')}\n`).trim();
  const master = Buffer.from(text, 'base64');
  if (master.length !== KEY_BYTES) throw new Error(`${path} does not hold a 256-bit key in base64.`);
  return {
    async generate(context) {
      const plain = randomBytes(KEY_BYTES);
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', master, iv).setAAD(aad(context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return { plain, wrapped: Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), body]) };
    },
    async unwrap(wrapped, context) {
      const bytes = Buffer.from(wrapped);
      if (bytes.length !== 1 + IV_BYTES + TAG_BYTES + KEY_BYTES || bytes[0] !== VERSION) {
        throw new Error('This is not a wrapped data key.');
      }
      const iv = bytes.subarray(1, 1 + IV_BYTES);
      const tag = bytes.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', master, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(aad(context)).setAuthTag(tag);
      return Buffer.concat([decipher.update(bytes.subarray(1 + IV_BYTES + TAG_BYTES)), decipher.final()]);
    },
  };
}

function aad({ tenantId, instanceId }: { tenantId: string; instanceId: string }): Buffer {
  return Buffer.from(JSON.stringify({ tenantId, instanceId }));
}
