/** The steps of `npm run smoke`, over HTTP alone. */
import { randomBytes } from 'node:crypto';

/** Ends in 9001: this contact of the sandbox answers by itself (sandbox/README.md). */
const CONTACT = '15550109001';
const STEP_MS = 500;
const MAX_WAIT_MS = 60_000;

/** A verdict in words: what was not so. */
export class SmokeError extends Error {}

export interface SmokeOptions {
  /** An account that is there; a new one by default. */
  email?: string | undefined;
  password?: string | undefined;
  /** Takes deliveries with a 2xx. By default they go to a path of the gateway itself, and its refusal is the proof. */
  webhook?: string | undefined;
  say(line: string): void;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Body = any;

/**
 * Plays a customer's first minutes and takes away what it made (an account that it registered stays). Without a sandbox
 * at the gateway, a live instance shows a QR code instead, which proves the way to WhatsApp and nothing further.
 * @throws SmokeError that says which step went wrong
 */
export async function smoke(url: string, { email, password, webhook, say }: SmokeOptions): Promise<void> {
  const base = url.replace(/\/+$/, '');
  const name = `smoke-${randomBytes(4).toString('hex')}`;
  const call = caller(base);

  const health = await call('GET', '/api/health');
  say(`health        ${health.data.status}`);

  const token = email ? await logIn(call, email, password as string) : await register(call, name);
  say(`account       ${email ?? `${name}@example.com`}`);

  const made = await call('POST', '/api/instances', { as: token, body: { name, environment: 'test' }, mayFail: true });
  const hasSandbox = made.success === true;
  if (!hasSandbox) {
    if (made.error !== 'NOT_IMPLEMENTED') throw new SmokeError(`an instance could not be made: ${made.message}`);
    await call('POST', '/api/instances', { as: token, body: { name } });
  }
  say(`instance      ${name} (${hasSandbox ? 'test' : 'live: this gateway has no sandbox'})`);
  try {
    const hook = webhook ?? `${base}/api/smoke`;
    const subscription = { url: hook, events: ['message.sent', 'instance.qr'] };
    const { data: endpoint } = await call('POST', '/api/webhooks', { as: token, body: subscription });
    try {
      const qr = await until(
        () => call('GET', `/api/instances/${name}/qr`, { as: token, mayFail: true }),
        (body) => typeof body.data?.qr === 'string',
        'no QR code appeared',
      );
      say(`QR code       ${qr.data.qr.length} characters`);
      if (hasSandbox) await send(call, token, name, say);
      await delivered(call, token, endpoint.id, { mustBeTaken: webhook !== undefined, say });
    } finally {
      await call('DELETE', `/api/webhooks/${endpoint.id}`, { as: token });
    }
  } finally {
    await call('DELETE', `/api/instances/${name}`, { as: token });
  }
  say('cleaned up    webhook, instance and its keys');
  if (!hasSandbox) say('not tried     linking and sending: they need a sandbox (sandboxUrl in deployment.json)');
}

async function send(call: Call, token: string, name: string, say: SmokeOptions['say']): Promise<void> {
  await call('POST', `/api/test/instances/${name}/scan`, { as: token, body: {} });
  const online = await until(
    () => call('GET', `/api/instances/${name}/status`, { as: token }),
    (body) => body.data.status === 'CONNECTED',
    'the instance did not connect',
  );
  say(`linked        ${online.data.phone}`);
  const wanted = { name: 'smoke', permissions: ['message:send', 'message:read'] };
  const { data: key } = await call('POST', `/api/instances/${name}/keys`, { as: token, body: wanted });
  const message = { to: CONTACT, text: 'Is anybody there?' };
  const sent = await call('POST', '/api/messages/text', { as: key.key, body: message });
  say(`sent          ${sent.data.messageId}`);
  const status = await until(
    () => call('GET', `/api/messages/${sent.data.messageId}/status`, { as: key.key }),
    (body) => ['DELIVERED', 'READ'].includes(body.data.status),
    'the message was not delivered',
  );
  say(`delivered     ${status.data.status}`);
}

/** An attempt in the delivery log shows the whole way: event, queue, worker, call. */
async function delivered(
  call: Call,
  token: string,
  id: string,
  { mustBeTaken, say }: { mustBeTaken: boolean; say: SmokeOptions['say'] },
): Promise<void> {
  const attempts = (body: Body): Body[] => body.data.deliveries.flatMap((delivery: Body) => delivery.attempts);
  const log = await until(
    () => call('GET', `/api/webhooks/${id}/deliveries`, { as: token }),
    (body) => attempts(body).some(({ status }) => (mustBeTaken ? status >= 200 && status < 300 : status !== null)),
    mustBeTaken ? 'the webhook was not taken with a 2xx' : 'the webhook was not called',
  );
  const [{ event }] = log.data.deliveries;
  const status = attempts(log).find((attempt) => attempt.status !== null)?.status;
  say(`webhook       ${event}, answered ${status}${mustBeTaken ? '' : ' by the gateway itself, as it should'}`);
}

async function register(call: Call, name: string): Promise<string> {
  const body = { email: `${name}@example.com`, password: randomBytes(18).toString('base64url'), name: 'Smoke Test' };
  const answer = await call('POST', '/api/auth/register', { body, mayFail: true });
  if (answer.success) return answer.data.token;
  throw new SmokeError(`nobody could register (${answer.message}); give --email and --password of an account`);
}

async function logIn(call: Call, email: string, password: string): Promise<string> {
  return (await call('POST', '/api/auth/login', { body: { email, password } })).data.token;
}

interface CallOptions {
  as?: string;
  body?: object;
  /** A refusal is an answer like any other. */
  mayFail?: boolean;
}
type Call = (method: string, path: string, options?: CallOptions) => Promise<Body>;

function caller(base: string): Call {
  return async (method, path, { as, body, mayFail } = {}) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(as && { authorization: `Bearer ${as}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(35_000),
    }).catch((error: Error) => {
      throw new SmokeError(`${method} ${path} was not answered: ${(error.cause as Error)?.message ?? error.message}`);
    });
    const text = await response.text();
    if (response.ok) return text === '' ? {} : JSON.parse(text);
    const refusal = parsed(text);
    if (mayFail && refusal) return refusal;
    throw new SmokeError(`${method} ${path} answered ${response.status}: ${refusal?.message ?? text.slice(0, 200)}`);
  };
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function until(ask: () => Promise<Body>, isSo: (body: Body) => boolean, otherwise: string): Promise<Body> {
  const endMs = performance.now() + MAX_WAIT_MS;
  for (;;) {
    const body = await ask();
    if (isSo(body)) return body;
    if (performance.now() > endMs) throw new SmokeError(otherwise);
    await new Promise((wake) => setTimeout(wake, STEP_MS));
  }
}
