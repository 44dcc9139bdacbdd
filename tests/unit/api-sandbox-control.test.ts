import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSandboxControl } from '../../lib/core/adapters/http/sandbox-control.ts';

let server: Server;
let base: string;
let reply: { status: number; body: string };
const seen: { method: string | undefined; url: string | undefined; body: unknown }[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ method: request.method, url: request.url, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(reply.status, { location: 'http://127.0.0.1:1/' }).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  seen.length = 0;
  reply = { status: 200, body: '{"phone":"15550100001","jid":"j","lid":"l","id":"ABCD"}' };
});

describe('the sandbox control client', () => {
  it('says what the simulated person does', async () => {
    const network = createSandboxControl(`${base}/`);
    expect(await network.scan('2@qr', '15550100001')).toEqual({ phone: '15550100001' });
    expect(await network.enterPairingCode('15550100001', 'ABCD1234')).toEqual({ phone: '15550100001' });
    expect(await network.incoming('15550100001', '15550100002', 'hello')).toEqual({ id: 'ABCD' });
    await network.disconnect('15550100001', 440);
    expect(seen).toEqual([
      { method: 'POST', url: '/control/scan', body: { qr: '2@qr', phone: '15550100001' } },
      { method: 'POST', url: '/control/pair-code', body: { phone: '15550100001', code: 'ABCD1234' } },
      {
        method: 'POST',
        url: '/control/incoming',
        body: { to: '15550100001', from: '15550100002', text: 'hello' },
      },
      { method: 'POST', url: '/control/disconnect', body: { phone: '15550100001', code: 440 } },
    ]);
  });

  it('passes a refusal on in its own words', async () => {
    reply = { status: 409, body: '{"error":"this QR has expired"}' };
    await expect(createSandboxControl(base).scan('2@qr')).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: 'this QR has expired',
    });
  });

  it.each([
    [500, '{"error":"at secret.ts:12"}'],
    [200, 'not json'],
    [200, '{}'],
    [404, 'gone'],
    [302, ''],
  ])('calls the answer %j %j unavailable, without its words', async (status, body) => {
    reply = { status, body };
    await expect(createSandboxControl(base).scan('2@qr')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'The sandbox network does not answer.',
    });
  });

  it('says so when nobody listens', async () => {
    await expect(createSandboxControl('http://127.0.0.1:1').disconnect('1', 408)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });
});
