import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ApiClient, freshNumber, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

interface Frame {
  type: string;
  message?: string;
  error?: string;
  data?: { qr?: string; timeout?: number; error?: string };
}

let gateway: TestGateway;
let user: ApiClient;
beforeAll(async () => {
  gateway = await TestGateway.start();
  user = await register(gateway.url);
});
afterAll(() => gateway?.stop());

/** A client of document B's WebSocket. */
class SessionSocket {
  readonly frames: Frame[] = [];
  readonly socket: WebSocket;
  readonly #changed = new Set<() => void>();

  constructor(id: string, query: Record<string, string>) {
    const address = `${gateway.url.replace(/^http/, 'ws')}/api/ws/${id}?${new URLSearchParams(query)}`;
    this.socket = new WebSocket(address);
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      for (const look of [...this.#changed]) look();
    });
  }

  /** Resolves with the first frame of the type, or rejects with what was seen instead. */
  async sees(type: string, withinMs = 60_000): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${type} in ${JSON.stringify(this.frames)}`)), withinMs);
      const look = () => {
        const found = this.frames.find((frame) => frame.type === type);
        if (!found) return;
        clearTimeout(timer);
        this.#changed.delete(look);
        resolve(found);
      };
      this.#changed.add(look);
      look();
    });
  }
}

it('shows QR codes over the WebSocket until the phone has scanned one; then sends and disconnects', async () => {
  const phone = freshNumber();
  const made = await user.must('POST', '/api/sessions', { name: 'Business Support', environment: 'test' });
  const id = made.body.id as string;
  await user.must('POST', `/api/sessions/${id}/connect`);
  const ws = new SessionSocket(id, { token: user.credential as string });
  const code = await ws.sees('qr');
  expect(code.data).toEqual({ qr: expect.any(String), timeout: expect.any(Number) });
  ws.socket.send(JSON.stringify({ type: 'ping' }));
  await ws.sees('pong');
  await user.must('POST', '/api/test/instances/business-support/scan', { phone });
  expect((await ws.sees('success')).message).toBe('Login successful');
  const again = new SessionSocket(id, { token: user.credential as string });
  expect((await again.sees('success')).message).toBe('Already logged in');
  for (const { socket } of [ws, again]) {
    socket.close();
    await once(socket, 'close');
  }

  const friend = gateway.person(freshNumber());
  const sent = await user.must('POST', `/api/sessions/${id}/send`, { recipient: friend.number, message: 'From B' });
  expect(sent.status).toBe(200);
  const [seen] = await friend.sees(({ text }) => text === 'From B');
  expect(seen?.from).toContain(phone);
  const viaPhone = await user.must('POST', '/api/send', { phone, recipient: friend.number, message: 'By number' });
  expect(viaPhone.body.session).toBe(id);
  await friend.sees(({ text }) => text === 'By number');

  await user.must('POST', `/api/sessions/${id}/disconnect`);
  const off = await user.must('GET', `/api/sessions/${id}`);
  expect(off.body.data).toMatchObject({ connected: false, logged_in: true });
  await user.must('POST', `/api/sessions/${id}/connect`);
  await user.until(`/api/sessions/${id}`, ({ body }) => body.data.connected === true, 60_000);
}, 180_000);

it('opens for nobody else', async () => {
  const made = await user.must('POST', '/api/sessions', { name: 'Mine', environment: 'test' });
  const stranger = await register(gateway.url);
  for (const [query, status] of [
    [{}, 401],
    [{ token: 'x' }, 401],
    [{ token: stranger.credential as string }, 404],
  ] as const) {
    const { socket } = new SessionSocket(made.body.id as string, query);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(status);
  }
});
