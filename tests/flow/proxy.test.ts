import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let instance: LinkedInstance;
let httpProxy: Server;
let socksProxy: TcpServer;
/** What the proxies were asked for. */
const asked: string[] = [];

beforeAll(async () => {
  httpProxy = createServer().on('connect', (request, client) => {
    asked.push(`http ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    const [host, port] = (request.url as string).split(':');
    const server = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    for (const one of [client, server]) one.on('error', () => [client, server].forEach((each) => void each.destroy()));
  });
  socksProxy = createTcpServer((client) => {
    client.on('error', () => undefined);
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (request) => {
        // Version, CONNECT, reserved, IPv4, address, port.
        const host = request[3] === 1 ? [...request.subarray(4, 8)].join('.') : 'a name';
        const port = request.readUInt16BE(request.length - 2);
        asked.push(`socks ${host}:${port}`);
        const server = connect(port, host, () => {
          client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          server.pipe(client).pipe(server);
        });
        server.on('error', () => client.destroy());
      });
    });
  });
  await Promise.all([httpProxy, socksProxy].map((one) => new Promise<void>((up) => one.listen(0, '127.0.0.1', up))));
  gateway = await TestGateway.start();
  instance = await linkInstance(await register(gateway.url));
});
afterAll(async () => {
  await gateway?.stop();
  httpProxy?.closeAllConnections();
  for (const one of [httpProxy, socksProxy]) one?.close();
});

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
const put = (proxy: string | null) =>
  instance.user.call('PUT', `/api/instances/${instance.name}`, { settings: { proxy } });
const status = (want: string) =>
  instance.user.until(`/api/instances/${instance.name}/status`, ({ body }) => body.data.status === want);

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 45_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error('it did not happen in time');
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

describe('the proxy of an instance', () => {
  it.each([
    ['http', () => `http://jane:pw@127.0.0.1:${portOf(httpProxy)}`],
    ['socks', () => `socks5://127.0.0.1:${portOf(socksProxy)}`],
  ])('carries the session: %s', async (kind, proxy) => {
    asked.length = 0;
    expect((await put(proxy())).status).toBe(200);
    await until(() => asked.length > 0);
    const sandboxAt = new URL(gateway.controlUrl).host;
    expect(asked[0]).toContain(`${kind} ${sandboxAt}`);
    if (kind === 'http') expect(asked[0]).toContain(Buffer.from('jane:pw').toString('base64'));
    await status('CONNECTED');
    const to = freshNumber();
    expect((await instance.key.post('/api/messages/text', { to, text: kind })).status).toBe(201);
    await gateway.person(to).sees((message) => message.text === kind);
  });

  it('is never one of the platform, and is not gone around', async () => {
    const own = new URL(gateway.controlUrl).port;
    for (const proxy of ['http://169.254.169.254:80', 'socks5://10.0.0.1:1080', `http://127.0.0.1:${own}`]) {
      const answer = await put(proxy);
      expect([answer.status, answer.body.error]).toEqual([400, 'VALIDATION_ERROR']);
    }
    // A name is judged when it is connected to; this one is nowhere.
    expect((await put('http://proxy.invalid:3128')).status).toBe(200);
    await status('RECONNECTING');
    asked.length = 0;
    expect((await put(null)).status).toBe(200);
    await status('CONNECTED');
    expect(asked).toEqual([]);
  });
});
