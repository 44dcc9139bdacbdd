import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PLAIN = 1;
const DEFLATED = 2;

/** Below this a deflated value saves no write unit and costs more than it saves. */
const DEFLATE_FROM_BYTES = 900;
const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

/**
 * Seals a value: AES-256-GCM under `key` with a random nonce, deflated first where that makes it smaller.
 * Layout: form (1) · nonce (12) · ciphertext · tag (16). `aad` and the form are authenticated.
 */
export function sealBytes(key: KeyObject, aad: string, plain: Uint8Array): Buffer {
  let form = PLAIN;
  let body = plain;
  if (plain.length >= DEFLATE_FROM_BYTES) {
    const deflated = deflateRawSync(plain, { level: 1 });
    if (deflated.length < plain.length) {
      form = DEFLATED;
      body = deflated;
    }
  }
  const head = Buffer.allocUnsafe(1 + NONCE_BYTES);
  head[0] = form;
  randomFillSync(head, 1);
  const cipher = createCipheriv('aes-256-gcm', key, head.subarray(1));
  cipher.setAAD(Buffer.from(`${form}|${aad}`));
  return Buffer.concat([head, cipher.update(body), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what `sealBytes` made.
 * @throws Error when the key, the `aad` or a single bit differs
 */
export function unsealBytes(key: KeyObject, aad: string, sealed: Uint8Array): Buffer {
  const form = sealed[0];
  if ((form !== PLAIN && form !== DEFLATED) || sealed.length < 1 + NONCE_BYTES + TAG_BYTES) {
    throw new Error('Not a sealed value.');
  }
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE_BYTES));
  decipher.setAAD(Buffer.from(`${form}|${aad}`));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const body = Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  return form === DEFLATED ? inflateRawSync(body, { maxOutputLength: MAX_INFLATED_BYTES }) : body;
}
