import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGuardedClient, type Resolve } from '../../lib/core/adapters/http/guarded-client.ts';
import { outboundPolicy } from '../../lib/core/adapters/http/outbound-policy.ts';
import {
  judgeAddresses,
  judgeProxyUrl,
  judgeUrl,
  OutboundError,
  type OutboundPolicy,
} from '../../lib/core/model/outbound.ts';

const STRICT: OutboundPolicy = { allowHttp: false, allowLoopback: false, ports: [], platformPorts: [9001] };
const LOCAL: OutboundPolicy = { ...STRICT, allowLoopback: true };

const REFUSED = [
  'http://93.184.216.34/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/plain,x',
  'https://user@example.com/',
  'https://user:secret@example.com/',
  'https://example.com:8443/',
  'https://example.com:22/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://①②⑦.0.0.1/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://api.localhost/',
  'https://0.0.0.0/',
  'https://10.1.2.3/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://169.254.170.2/v2/credentials',
  'https://169.254.170.23/',
  'https://0xa9fea9fe/',
  'https://168.63.129.16/',
  'https://172.16.0.1/',
  'https://192.0.0.192/',
  'https://192.0.2.1/',
  'https://192.88.99.1/',
  'https://192.168.1.1/',
  'https://198.18.0.1/',
  'https://198.51.100.1/',
  'https://203.0.113.1/',
  'https://224.0.0.1/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[::]/',
  'https://[::1]/',
  'https://[::7f00:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://[64:ff9b:1::1]/',
  'https://[100::1]/',
  'https://[2001::a9fe:a9fe]/',
  'https://[2001:db8::1]/',
  'https://[2002:a9fe:a9fe::1]/',
  'https://[3fff::1]/',
  'https://[5f00::1]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::23]/',
  'https://[fd00:ec2::254]/',
  'https://[fe80::1]/',
  'https://[fe80::1%25eth0]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
  'http://1.1.1.1 &@2.2.2.2#@3.3.3.3/',
  'http:127.0.0.1/',
  'https:///',
  `https://example.com/${'a'.repeat(2_048)}`,
  'not a url',
];

describe('judgeUrl', () => {
  it.each(REFUSED)('refuses %s', (url) => {
    expect(() => judgeUrl(url, STRICT)).toThrow(OutboundError);
  });

  it.each([
    'https://example.com/picture.jpg',
    'https://example.com:443/',
    'https://1.1.1.1/',
    'https://[2606:4700::1111]/',
  ])('takes %s', (url) => {
    expect(judgeUrl(url, STRICT).href).toContain('https://');
  });

  it('opens http and ports only by the settings for them', () => {
    expect(judgeUrl('http://example.com/', { ...STRICT, allowHttp: true }).port).toBe('');
    expect(() => judgeUrl('http://example.com:8080/', { ...STRICT, allowHttp: true })).toThrow('port');
    expect(judgeUrl('https://example.com:8443/', { ...STRICT, ports: [8443] }).port).toBe('8443');
  });

  it('opens loopback by its setting, with any port but those of the platform, and nothing else private', () => {
    for (const url of [
      'http://localhost:4000/',
      'http://127.0.0.1:1/',
      'https://[::1]:4000/',
      'http://[::ffff:127.0.0.1]:4000/',
    ]) {
      expect(judgeUrl(url, LOCAL).href).toBe(new URL(url).href);
    }
    const refused = [
      ...['127.0.0.1', '127.9.9.9', 'localhost', '[::1]', '[::ffff:7f00:1]'].map((host) => `http://${host}:9001/`),
      'http://0.0.0.0:4000/',
      'http://10.0.0.1:4000/',
      'https://169.254.169.254/',
      'https://169.254.170.2/',
      'https://169.254.170.23/',
      'https://[fd00:ec2::254]/',
      'http://user@localhost:4000/',
      'ftp://localhost/',
    ];
    for (const url of refused) expect(() => judgeUrl(url, LOCAL), url).toThrow(OutboundError);
  });

  it("keeps the gateway's own services out of reach", () => {
    const settings = { outboundAllowHttp: false, outboundAllowLoopback: true, outboundPorts: [8443] };
    const policy = outboundPolicy({
      ...settings,
      dynamoEndpoint: 'http://127.0.0.1:4567',
      sqsEndpoint: 'http://localhost:9324/',
      sandboxUrl: undefined,
    });
    expect(policy).toMatchObject({ ports: [8443], platformPorts: [9001, 4567, 9324] });
    expect(() => judgeUrl('http://localhost:4567/', policy)).toThrow(OutboundError);
    expect(() => judgeUrl('http://127.0.0.1:9324/', policy)).toThrow(OutboundError);
    expect(judgeUrl('http://127.0.0.1:9325/', policy).port).toBe('9325');
  });
});

describe('judgeProxyUrl', () => {
  it('takes credentials and ports, and judges the host like any other', () => {
    for (const url of [
      'http://user:pw@proxy.example.com:3128',
      'socks5://proxy.example.com',
      'socks5h://1.1.1.1:1080',
    ]) {
      expect(judgeProxyUrl(url, STRICT).hostname).not.toBe('');
    }
    const refused = [
      'socks5://127.0.0.1:1080',
      'socks5://0x7f.1:1080',
      'http://169.254.169.254:80',
      'https://[fd00:ec2::254]',
      'socks5://localhost:1080',
      'ftp://proxy.example.com',
      'socks5://',
    ];
    for (const url of refused) expect(() => judgeProxyUrl(url, STRICT), url).toThrow(OutboundError);
    expect(judgeProxyUrl('socks5://127.0.0.1:1080', LOCAL).port).toBe('1080');
    // WHATWG leaves the host of a scheme that it does not know as it was written.
    for (const host of ['0x7f.1', '2130706433', '0177.0.0.1', '127.1']) {
      expect(() => judgeProxyUrl(`socks5://${host}:9001`, LOCAL), host).toThrow(OutboundError);
    }
  });
});

describe('judgeAddresses', () => {
  it('refuses a name with one bad address among good ones', () => {
    expect(() => judgeAddresses('example.com', ['1.1.1.1', '10.0.0.1'], STRICT)).toThrow(OutboundError);
    expect(() => judgeAddresses('example.com', ['1.1.1.1', 'fe80::1%eth0'], STRICT)).toThrow(OutboundError);
    expect(() => judgeAddresses('example.com', [], STRICT)).toThrow(OutboundError);
    expect(() => judgeAddresses('example.com', ['1.1.1.1', '2606:4700::1111'], STRICT)).not.toThrow();
  });

  it('lets loopback addresses only to loopback names, and loopback names only to them', () => {
    expect(() => judgeAddresses('localhost', ['127.0.0.1', '::1'], LOCAL)).not.toThrow();
    expect(() => judgeAddresses('localhost', ['127.0.0.1'], STRICT)).toThrow(OutboundError);
    expect(() => judgeAddresses('rebound.example.com', ['127.0.0.1'], LOCAL)).toThrow(OutboundError);
    expect(() => judgeAddresses('localhost', ['1.1.1.1'], LOCAL)).toThrow(OutboundError);
  });
});

describe('the client', () => {
  const visited: string[] = [];
  let server: Server;
  let base: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeAll(async () => {
    server = createServer((request, response) => {
      visited.push(`${request.headers.host} ${request.method} ${request.url}`);
      answer(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const options = { timeoutMs: 30_000, maxBytes: 1_000, redirects: 'follow' } as const;
  const using = async <T>(
    policy: OutboundPolicy,
    work: (client: ReturnType<typeof createGuardedClient>) => Promise<T>,
    resolve?: Resolve,
  ) => {
    const client = createGuardedClient(policy, resolve);
    visited.length = 0;
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  };
  const read = async (body: AsyncIterable<Uint8Array>) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };

  it('fetches what is allowed, without decompressing it', async () => {
    answer = (_request, response) =>
      response.writeHead(201, { 'x-a': 'b', 'content-encoding': 'gzip' }).end('as it is');
    await using(LOCAL, async (client) => {
      const response = await client.request(`${base}/a`, { ...options, headers: { 'x-mine': '1' } });
      expect(response).toMatchObject({ status: 201, url: `${base}/a`, headers: { 'x-a': 'b' } });
      expect(await read(response.body)).toBe('as it is');
    });
  });

  it('never opens a connection to what is refused', async () => {
    answer = (_request, response) => response.end('secret');
    await using({ ...STRICT, allowHttp: true, ports: [Number(new URL(base).port)] }, async (client) => {
      await expect(client.request(base, options)).rejects.toMatchObject({ fault: 'url' });
    });
    expect(visited).toEqual([]);
  });

  it('refuses a name that is public at first and private at the connection, and one that is both', async () => {
    answer = (_request, response) => response.end('secret');
    const port = Number(new URL(base).port);
    const policy = { ...STRICT, allowHttp: true, ports: [port] };
    let asked = 0;
    const rebinding: Resolve = (_host, done) => {
      asked += 1;
      done(null, [{ address: asked === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
    };
    const mixed: Resolve = (_host, done) =>
      done(null, [
        { address: '1.1.1.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    for (const resolve of [rebinding, rebinding, mixed]) {
      await using(
        policy,
        async (client) => {
          const call = client.request(`http://rebound.example.com:${port}/`, options);
          await expect(call).rejects.toMatchObject({ fault: 'url' });
        },
        resolve,
      );
      expect(visited).toEqual([]);
    }
    expect(asked).toBe(2);
  });

  it('connects to the very address that was judged', async () => {
    answer = (_request, response) => response.end('here');
    let asked = 0;
    const resolve: Resolve = (_host, done) => {
      asked += 1;
      done(null, [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
    };
    const url = base.replace('127.0.0.1', 'app.localhost');
    await using(
      LOCAL,
      async (client) => {
        expect(await read((await client.request(url, options)).body)).toBe('here');
      },
      resolve,
    );
    expect(asked).toBe(1);
  });

  it('judges the target of every redirect, and never visits a refused one', async () => {
    answer = (request, response) => {
      if (request.url === '/ok') return response.end('arrived');
      const target = { '/good': '/ok', '/bad': 'http://169.254.169.254/latest', '/port': 'http://127.0.0.1:9001/x' }[
        request.url as string
      ];
      response.writeHead(302, { location: target ?? '/loop' }).end();
    };
    await using(LOCAL, async (client) => {
      const followed = await client.request(`${base}/good`, options);
      expect([followed.url, await read(followed.body)]).toEqual([`${base}/ok`, 'arrived']);
      for (const path of ['/bad', '/port']) {
        await expect(client.request(base + path, options)).rejects.toMatchObject({ fault: 'url' });
      }
      await expect(client.request(`${base}/loop`, options)).rejects.toMatchObject({ fault: 'redirect' });
      const refuse = client.request(`${base}/good`, { ...options, redirects: 'refuse' });
      await expect(refuse).rejects.toMatchObject({ fault: 'redirect' });
    });
    expect(visited.filter((line) => line.endsWith('/ok'))).toHaveLength(1);
    expect(visited.filter((line) => line.endsWith('/loop'))).toHaveLength(6);
  });

  it("keeps a caller's headers from another origin", async () => {
    let seen: IncomingMessage['headers'] = {};
    const other = createServer((request, response) => {
      seen = request.headers;
      response.end();
    });
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    answer = (_request, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/` }).end();
    await using(LOCAL, async (client) => {
      const { status, discard } = await client.request(base, { ...options, headers: { authorization: 'Bearer x' } });
      discard();
      expect([status, seen.authorization]).toEqual([200, undefined]);
    });
    other.closeAllConnections();
    other.close();
  });

  it('breaks off an answer that is too large, declared or not', async () => {
    answer = (request, response) => {
      if (request.url === '/declared') response.writeHead(200, { 'content-length': '1001' });
      response.write('x'.repeat(600));
      response.end('x'.repeat(401));
    };
    await using(LOCAL, async (client) => {
      await expect(client.request(`${base}/declared`, options)).rejects.toMatchObject({ fault: 'too-large' });
      const { body } = await client.request(`${base}/streamed`, options);
      await expect(read(body)).rejects.toMatchObject({ fault: 'too-large' });
      const fits = await client.request(`${base}/streamed`, { ...options, maxBytes: 1_001 });
      expect(await read(fits.body)).toHaveLength(1_001);
    });
  });

  it('gives up on silence, before the answer and in the middle of it', async () => {
    answer = (request, response) => {
      if (request.url === '/half') response.write('half');
    };
    await using(LOCAL, async (client) => {
      const short = { ...options, timeoutMs: 100 };
      await expect(client.request(`${base}/never`, short)).rejects.toMatchObject({ fault: 'timeout' });
      const { body } = await client.request(`${base}/half`, { ...short, timeoutMs: 1_500 });
      await expect(read(body)).rejects.toMatchObject({ fault: 'timeout' });
    });
  });

  it('says unreachable when nobody listens', async () => {
    await using(LOCAL, async (client) => {
      await expect(client.request('http://127.0.0.1:1/', options)).rejects.toMatchObject({ fault: 'unreachable' });
    });
  });
});
