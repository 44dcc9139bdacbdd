import * as z from 'zod';
import { GatewayError } from '../../errors.ts';
import type { TestNetwork } from '../../ports/test-network.ts';

const TIMEOUT_MS = 10_000;

const linked = z.object({ phone: z.string() });
const written = z.object({ id: z.string() });
const refusal = z.object({ error: z.string().max(500) });

/**
 * The sandbox network over its HTTP control API.
 * @param baseUrl for example `http://127.0.0.1:7070`
 * Its 4xx answers become INVALID_STATE with its text; anything else that goes wrong is SERVICE_UNAVAILABLE.
 */
export function createSandboxControl(baseUrl: string, fetchFn: typeof fetch = fetch): TestNetwork {
  const base = baseUrl.replace(/\/+$/, '');

  async function post(path: string, body: object): Promise<unknown> {
    let response: Response;
    let answer: unknown;
    try {
      response = await fetchFn(`${base}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      answer = text === '' ? {} : JSON.parse(text);
    } catch {
      throw unavailable();
    }
    if (response.ok) return answer;
    const refused = refusal.safeParse(answer);
    if (response.status < 500 && refused.success) throw new GatewayError('INVALID_STATE', refused.data.error);
    throw unavailable();
  }

  return {
    async scan(qr, phone) {
      return parse(linked, await post('/control/scan', { qr, phone }));
    },
    async enterPairingCode(phone, code) {
      await post('/control/pair-code', { phone, code });
      return { phone };
    },
    async incoming(to, from, text) {
      return parse(written, await post('/control/incoming', { to, from, text }));
    },
    async disconnect(phone, code) {
      await post('/control/disconnect', { phone, code });
    },
  };
}

function parse<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw unavailable();
  return parsed.data;
}

function unavailable(): GatewayError {
  return new GatewayError('SERVICE_UNAVAILABLE', 'The sandbox network does not answer.');
}
