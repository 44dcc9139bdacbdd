import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appOf, createApp } from '../../functions/api/app.ts';
import { createLambdaHandler } from '../../functions/api/lambda.ts';
import type { Dialect, Route } from '../../functions/dialects/dialect.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { type Account, ApiRig, errorBody, ISO, LINKED, REQUEST_ID } from '../support/api-rig.ts';

let rig: ApiRig;
let account: Account;
beforeAll(async () => {
  rig = await ApiRig.start();
  account = await rig.register();
});
afterAll(() => rig.stop());

describe('the system routes', () => {
  it('GET /api/health', async () => {
    const answer = await rig.later(261_060_000, () => rig.call('GET', '/api/health'));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      data: { status: 'OK', timestamp: ISO, version: packageJson.version, uptime: '72h 31m' },
      meta: { request_id: REQUEST_ID },
    });
  });

  it('GET /api/version', async () => {
    const answer = await rig.call('GET', '/api/version');
    expect(answer.body.data).toEqual({ name: 'switchboard', version: packageJson.version });
  });
});

describe('what is not there', () => {
  it.each([
    '/',
    '/api',
    '/api/none',
    '/api/auth',
    '/api/health/',
    '/API/health',
    '/api/auth/login/x',
    '/.env',
    '//api/health',
  ])('answers 404 in the envelope to %s', async (path) => {
    const answer = await rig.call('GET', path);
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual(errorBody('RESOURCE_NOT_FOUND'));
  });

  it.each([
    ['DELETE', '/api/auth/login', 'POST'],
    ['PATCH', '/api/instances', 'GET, POST'],
    ['PATCH', '/api/instances/a', 'DELETE, GET, PUT'],
    ['OPTIONS', '/api/messages/text', 'POST'],
    ['PUT', '/api/messages/text', 'POST'],
  ])('answers 405 to %s %s and allows %s', async (method, path, allow) => {
    const answer = await rig.call(method, path);
    expect(answer.status).toBe(405);
    expect(answer.body).toEqual(errorBody('METHOD_NOT_ALLOWED'));
    expect(answer.headers.get('allow')).toBe(allow);
  });
});

describe('every answer', () => {
  it.each([
    ['GET', '/api/health'],
    ['GET', '/api/none'],
    ['GET', '/api/instances'],
    ['PUT', '/api/health'],
  ])('to %s %s has a request id and the security headers', async (method, path) => {
    const answer = await rig.call(method, path, undefined, {
      headers: { 'x-request-id': 'mine', origin: 'https://evil.example' },
    });
    expect(answer.headers.get('x-request-id')).toBe(answer.body.meta.request_id);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringContaining('max-age='),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });

  it('opens to the origins that were named, and to no others', async () => {
    const app = createApp({ ports: rig.ports, logger: rig.ports.log, corsOrigins: ['https://app.example'] });
    const ask = (origin: string) =>
      app.request('/api/messages/text', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const named = await ask('https://app.example');
    expect(named.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(named.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a body', () => {
  const register = (body: string | Uint8Array<ArrayBuffer> | ReadableStream, headers: Record<string, string> = {}) =>
    rig.app.request('/api/auth/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      duplex: 'half',
    } as RequestInit);

  it('of more than 6 MB is refused, said or streamed', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(1024 * 1024));
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 12) controller.close();
        else controller.enqueue(chunk);
      },
    });
    for (const answer of [await register('{}', { 'content-length': '6291457' }), await register(stream)]) {
      expect(answer.status).toBe(413);
      expect(await answer.json()).toEqual(errorBody('PAYLOAD_TOO_LARGE'));
    }
    expect(sent).toBeLessThan(12);
  });

  it('may come without a length', async () => {
    const text = JSON.stringify({ email: 'stream@example.com', password: 'securePassword123', name: 'S' });
    const stream = new Blob([text]).stream();
    expect((await register(stream)).status).toBe(201);
  });

  it('of bytes that are not UTF-8 is answered, not fallen over', async () => {
    const answer = await register(new Uint8Array([0x7b, 0xff, 0xfe, 0x00, 0x7d]));
    expect(answer.status).toBe(400);
  });
});

describe('an error that is not ours', () => {
  it('is logged whole and answered with nothing but a request id', async () => {
    const { list } = rig.ports.instances;
    const secret = new Error('table switchboard-main on 10.0.0.7 refused');
    rig.ports.instances.list = () => Promise.reject(secret);
    const answer = await rig.call('GET', '/api/instances', undefined, { as: account.token });
    rig.ports.instances.list = list;
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      success: false,
      error: 'INTERNAL_ERROR',
      message: 'Something went wrong on our side.',
      meta: { request_id: REQUEST_ID },
    });
    expect(rig.logs).toContainEqual({
      level: 'error',
      message: 'request failed',
      fields: { err: secret, requestId: answer.body.meta.request_id, route: '/api/instances' },
    });
  });
});

describe('the log', () => {
  it('has one line per request, with the pattern of its route and its tenant', async () => {
    await rig.instance(account, 'logged');
    const answer = await rig.call('GET', '/api/instances/logged/status?per_page=secret', undefined, {
      as: account.token,
    });
    const lines = rig.logs.filter(({ fields }) => fields.requestId === answer.body.meta.request_id);
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'request',
        fields: {
          requestId: answer.body.meta.request_id,
          method: 'GET',
          route: '/api/instances/:name/status',
          status: 200,
          tenantId: account.tenantId,
          durationMs: expect.any(Number),
        },
      },
    ]);
  });

  it('holds no password, token, key, number or text, whatever happens', async () => {
    const instanceId = await rig.instance(account, 'private', LINKED);
    const key = await rig.key(account, 'private');
    rig.runner.behave(instanceId, 'message.sendText', () => {
      return { state: 'failed', error: { code: 'MESSAGE_SEND_FAILED', message: 'no' } };
    });
    const words = 'a very private sentence';
    await rig.call('POST', '/api/messages/text', { to: '6281299887766', text: words }, { as: key.text });
    await rig.call('POST', '/api/messages/text', `{"to":"6281299887766","text":"${words}"`, { as: key.text });
    await rig.call('POST', '/api/auth/login', { email: account.email, password: 'wrong-and-secret' });
    await rig.call('GET', `/api/${account.refreshToken}`);
    const log = JSON.stringify(rig.logs);
    for (const secret of [
      words,
      key.text,
      account.token,
      account.refreshToken,
      account.password,
      'wrong-and-secret',
      '6281299887766',
      account.email,
    ]) {
      expect(log).not.toContain(secret);
    }
  });
});

describe('mounting', () => {
  const row = (method: Route['method'], path: string): Route => ({
    ...{ method, path, summary: 's', tag: 't', credential: 'none', status: 200, repeats: 'ignored' },
    handle: async () => ({ data: `${method} ${path}` }),
  });
  const dialect = (name: string, routes: Route[]): Dialect => ({
    ...{ name, routes, credential: () => undefined },
    succeed: ({ data }) => ({ data, name }),
    fail: (error) => ({ code: error.code, name }),
  });
  const mounted = (...dialects: Dialect[]) => {
    const app = appOf({ ports: rig.ports, logger: rig.ports.log, startedAtMs: 0 }, dialects);
    return async (method: string, path: string) => (await app.request(path, { method })).json();
  };

  it('lets fixed segments win over parameters, whatever the order and the dialect', async () => {
    const ask = mounted(
      dialect('one', [row('GET', '/x/:id/send'), row('GET', '/x/:id')]),
      dialect('two', [row('GET', '/x/all'), row('POST', '/x/:key')]),
    );
    expect(await ask('GET', '/x/all')).toEqual({ data: 'GET /x/all', name: 'two' });
    expect(await ask('GET', '/x/other')).toEqual({ data: 'GET /x/:id', name: 'one' });
    expect(await ask('GET', '/x/all/send')).toEqual({ data: 'GET /x/:id/send', name: 'one' });
    expect(await ask('POST', '/x/all')).toEqual({ data: 'POST /x/:key', name: 'two' });
    expect(await ask('PUT', '/x/other')).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });

  it('refuses two rows for one method and path, also under other names of parameters', () => {
    expect(() => mounted(dialect('one', [row('GET', '/y/:a')]), dialect('two', [row('GET', '/y/:b')]))).toThrow(
      'two routes for GET /y/:',
    );
  });
});

describe('the Lambda entry', () => {
  const context = { awsRequestId: 'aws-1' } as LambdaContext;
  const v2 = (method: string, path: string, extra: object = {}): LambdaEvent =>
    ({
      version: '2.0',
      routeKey: '$default',
      rawPath: path,
      rawQueryString: '',
      headers: { host: 'api.example', 'content-type': 'application/json' },
      requestContext: {
        accountId: '1',
        apiId: 'a',
        domainName: 'api.example',
        http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
        requestId: 'gw-1',
        routeKey: '$default',
        stage: '$default',
        time: '01/Jan/2024:00:00:00 +0000',
        timeEpoch: 1,
      },
      isBase64Encoded: false,
      ...extra,
    }) as unknown as LambdaEvent;
  interface GatewayAnswer {
    statusCode: number;
    headers: Record<string, string>;
    body: string;
    isBase64Encoded: boolean;
  }
  const start = () => createLambdaHandler(() => rig.app);
  const ask = async (event: LambdaEvent) => (await start()(event, context)) as GatewayAnswer;

  it('answers an event of an HTTP API', async () => {
    const body = JSON.stringify({ email: 'lambda@example.com', password: 'securePassword123', name: 'Lambda' });
    const answer = await ask(v2('POST', '/api/auth/register', { body }));
    expect(answer).toMatchObject({ statusCode: 201, isBase64Encoded: false });
    const { token, meta } = JSON.parse(answer.body);
    expect(answer.headers['x-request-id']).toBe(meta.request_id);

    const encoded = Buffer.from(JSON.stringify({ name: 'from-lambda' })).toString('base64');
    const headers = { host: 'api.example', 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const made = await ask(v2('POST', '/api/instances', { body: encoded, isBase64Encoded: true, headers }));
    expect(made.statusCode).toBe(201);
    const list = await ask(v2('GET', '/api/instances', { headers, rawQueryString: 'status=disconnected&per_page=1' }));
    expect(JSON.parse(list.body).data.instances).toMatchObject([{ name: 'from-lambda' }]);
    expect((await ask(v2('DELETE', '/api/instances/from-lambda', { headers }))).statusCode).toBe(204);
    expect((await ask(v2('GET', '/api/instances'))).statusCode).toBe(401);
  });

  it('answers an event of a REST API', async () => {
    const event = {
      version: '1.0',
      resource: '/{proxy+}',
      path: '/api/instances',
      httpMethod: 'GET',
      headers: { Host: 'api.example', Authorization: `Bearer ${account.token}` },
      multiValueHeaders: { Host: ['api.example'], Authorization: [`Bearer ${account.token}`] },
      queryStringParameters: { per_page: '1' },
      multiValueQueryStringParameters: { per_page: ['1'] },
      pathParameters: { proxy: 'api/instances' },
      stageVariables: null,
      requestContext: {
        httpMethod: 'GET',
        path: '/api/instances',
        stage: 'prod',
        domainName: 'api.example',
        identity: {},
      },
      body: null,
      isBase64Encoded: false,
    } as unknown as LambdaEvent;
    const answer = await ask(event);
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body).meta.pagination.per_page).toBe(1);
  });

  it('builds the app at the first event, once, and again after a failure', async () => {
    let builds = 0;
    const handler = createLambdaHandler(() => {
      builds += 1;
      if (builds === 1) throw new Error('JWT_SECRETS: missing');
      return rig.app;
    });
    expect(builds).toBe(0);
    await expect(handler(v2('GET', '/api/health'), context)).rejects.toThrow('JWT_SECRETS');
    for (let i = 0; i < 3; i += 1) {
      expect(await handler(v2('GET', '/api/health'), context)).toMatchObject({ statusCode: 200 });
    }
    expect(builds).toBe(2);
  });

  it('stands on the environment alone', async () => {
    const { handler } = await import('../../functions/api/lambda.ts');
    const before = { ...process.env };
    Object.assign(process.env, rig.env, { LOG_LEVEL: 'silent' });
    try {
      const headers = { host: 'api.example', authorization: `Bearer ${account.token}` };
      const answer = (await handler(v2('GET', '/api/auth/me', { headers }), context)) as GatewayAnswer;
      expect(answer.statusCode).toBe(200);
      expect(JSON.parse(answer.body).user.id).toBe(account.userId);
    } finally {
      for (const name of Object.keys(rig.env)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});
