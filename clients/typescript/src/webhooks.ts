import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

export { WebhookVerificationError } from 'standardwebhooks';

/** Of an HTTP request, as Node, Express, Fetch or a Lambda give them. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

/**
 * What a call of a webhook says, after its signature (Standard Webhooks) and its time were judged.
 * @param body the bytes or text as they came, not parsed and written again
 * @throws WebhookVerificationError when it is not the gateway's, or older than five minutes
 */
export function verifyWebhook<T = unknown>(secret: string, headers: WebhookHeaders, body: string | Uint8Array): T {
  const webhook = secret.startsWith('whsec_') ? new Webhook(secret) : new Webhook(secret, { format: 'raw' });
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  return webhook.verify(text, flat(headers)) as T;
}

/**
 * Judges `X-Webhook-Signature: sha256=<hex>` alone: for receivers that were written so. It says nothing of the time, so
 * a call that somebody has recorded passes again; prefer `verifyWebhook`.
 */
export function isSignedBody(secret: string, headers: WebhookHeaders, body: string | Uint8Array): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const said = Buffer.from(flat(headers)['x-webhook-signature'] ?? '');
  return said.length === expected.length && timingSafeEqual(said, expected);
}

function flat(headers: WebhookHeaders): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value ?? '')]));
}
