import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;
const NEW_KEY_BYTES = 32;

export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(NEW_KEY_BYTES).toString('base64')}`;
}

/** True for `whsec_` + base64 of 24 to 64 bytes, and for any other text without that prefix. */
export function isWebhookSecret(secret: string): boolean {
  if (!secret.startsWith(PREFIX)) return true;
  const text = secret.slice(PREFIX.length);
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  return isBase64 && bytes.length >= MIN_KEY_BYTES && bytes.length <= MAX_KEY_BYTES;
}

/** Bytes of the secret of Standard Webhooks: what the base64 after `whsec_` says; any other text is taken as it is. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret, 'utf8');
}

/**
 * The headers that let a receiver verify a call:
 *
 *   webhook-signature     v1,<base64 HMAC-SHA256 of `id.timestamp.body`>, one for each secret (Standard Webhooks 1.0.0)
 *   X-Webhook-Signature   sha256=<hex HMAC-SHA256 of the body>, under the newest secret as a text (document A1)
 *
 * @param secrets newest first
 */
export function signatureHeaders(
  secrets: readonly string[],
  { id, timestampMs, body }: { id: string; timestampMs: number; body: string },
): Record<string, string> {
  const seconds = String(Math.floor(timestampMs / 1000));
  const content = `${id}.${seconds}.${body}`;
  const signatures = secrets.map((secret) => {
    return `v1,${createHmac('sha256', keyOf(secret)).update(content).digest('base64')}`;
  });
  const plain = createHmac('sha256', secrets[0] as string)
    .update(body)
    .digest('hex');
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': signatures.join(' '),
    'x-webhook-signature': `sha256=${plain}`,
  };
}
