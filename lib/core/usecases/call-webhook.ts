import { OutboundError } from '../model/outbound.ts';
import { type Attempt, KEPT_ANSWER_BYTES, secretContext, type Webhook } from '../model/webhook.ts';
import { signatureHeaders } from '../model/webhook-signature.ts';
import type { OutboundClient, OutboundResponse, Ports } from '../ports/index.ts';

export const CALL_TIMEOUT_MS = 15_000;

/** One call of an endpoint, and what it asks for. */
export interface Called {
  attempt: Attempt;
  retryAfter: string | undefined;
}

/**
 * Signs and posts a body, and keeps the first bytes of the answer. Only 2xx counts; redirects do not. Never throws for
 * what the endpoint does.
 */
export async function callWebhook(
  ports: Pick<Ports, 'seal' | 'clock'> & { outbound: OutboundClient },
  webhook: Webhook,
  { id, body, headers = {} }: { id: string; body: string; headers?: Record<string, string> },
): Promise<Called> {
  const atMs = ports.clock();
  const startMs = performance.now();
  const ended = (fields: Partial<Attempt>, retryAfter?: string): Called => {
    const durationMs = Math.round(performance.now() - startMs);
    return { attempt: { atMs, status: null, durationMs, error: null, answer: null, ...fields }, retryAfter };
  };
  const secrets = secretsOf(ports, webhook, atMs);
  if (!secrets) return ended({ error: 'The secret can no longer be read. Set a new one.' });
  try {
    const response = await ports.outbound.request(webhook.url, {
      method: 'POST',
      headers: {
        ...openedHeaders(ports, webhook),
        ...headers,
        'content-type': 'application/json',
        'user-agent': 'Switchboard-Webhooks/1',
        ...signatureHeaders(secrets, { id, timestampMs: atMs, body }),
      },
      body,
      timeoutMs: CALL_TIMEOUT_MS,
      // Longer answers are not an error: what is not kept is not read.
      maxBytes: Number.MAX_SAFE_INTEGER,
      redirects: 'refuse',
    });
    const { status } = response;
    const error = status >= 200 && status < 300 ? null : `The endpoint answered ${status}.`;
    return ended({ status, error, answer: await firstBytes(response) }, response.headers['retry-after']);
  } catch (error) {
    if (error instanceof OutboundError) return ended({ error: error.message });
    throw error;
  }
}

/** Newest first; undefined when the gateway's own secrets were replaced. */
function secretsOf(ports: Pick<Ports, 'seal'>, webhook: Webhook, nowMs: number): string[] | undefined {
  const { secret, previous } = webhook;
  const sealed = previous && Date.parse(previous.until) > nowMs ? [secret, previous.secret] : [secret];
  const opened = sealed.map((text) => ports.seal.open(text, secretContext(webhook)));
  return opened.every((text) => text !== undefined) ? opened : undefined;
}

function openedHeaders(ports: Pick<Ports, 'seal'>, webhook: Webhook): Record<string, string> {
  const opened = Object.entries(webhook.headers).map(([name, value]) => {
    return [name.toLowerCase(), ports.seal.open(value, secretContext(webhook))];
  });
  return Object.fromEntries(opened.filter(([, value]) => value !== undefined));
}

/** What has come is kept, even when the rest does not come. */
async function firstBytes(response: OutboundResponse): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of response.body) {
      parts.push(part);
      length += part.byteLength;
      if (length >= KEPT_ANSWER_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
  } finally {
    response.discard();
  }
  if (length === 0) return null;
  return Buffer.concat(parts).subarray(0, KEPT_ANSWER_BYTES).toString('utf8');
}
