import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, ALL_PERMISSIONS, ApiRig, errorBody, ISO, LINKED } from '../support/api-rig.ts';

const MESSAGE = { type: 'text', text: 'Hello {{name}}, order {{order}} is on its way.' };
const TO = '6281234567890';

let rig: ApiRig;
let account: Account;
let key: string;
let instanceId: string;

beforeAll(async () => {
  rig = await ApiRig.start();
  account = await rig.register();
  instanceId = await rig.instance(account, 'mine', LINKED);
  key = (await rig.key(account, 'mine')).text;
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: object, as = account.token) =>
  rig.call(method, `/api/templates${path}`, body, { as });
const send = (body: object, headers = {}) => rig.call('POST', '/api/messages/template', body, { as: key, headers });
const make = async (name: string, message: object = MESSAGE) => {
  const answer = await call('POST', '', { name, message });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.data;
};
const lastInput = () => rig.runner.seen.filter((command) => command.instanceId === instanceId).at(-1)?.input;

describe('templates', () => {
  it('are recorded when they are written: who, which, and what kind of message', async () => {
    const own = await rig.register();
    const as = { as: own.token };
    await rig.call('POST', '/api/templates', { name: 'Shipped', message: MESSAGE }, as);
    const message = { type: 'location', latitude: 1, longitude: 2, name: '{{place}}' };
    await rig.call('PUT', '/api/templates/shipped', { message }, as);
    await rig.call('DELETE', '/api/templates/shipped', undefined, as);
    expect((await rig.call('DELETE', '/api/templates/shipped', undefined, as)).status).toBe(404);
    const { logs } = (await rig.call('GET', '/api/audit/logs', undefined, as)).body;
    const [text, place] = [
      { type: 'text', variables: ['name', 'order'] },
      { type: 'location', variables: ['place'] },
    ];
    const target = { kind: 'template', id: 'Shipped', name: 'Shipped' };
    const actor = { kind: 'user', id: own.userId, name: 'John Doe' };
    expect(logs.slice(0, -1)).toMatchObject([
      { action: 'DELETE_TEMPLATE', actor, target, before: place, after: null },
      { action: 'UPDATE_TEMPLATE', actor, target, before: text, after: place },
      { action: 'CREATE_TEMPLATE', actor, target, before: null, after: text },
    ]);
    expect(logs).toHaveLength(4);
  });

  it('are made, shown, changed and deleted', async () => {
    const made = await make('Shipped');
    expect(made).toEqual({
      ...{ name: 'Shipped', message: MESSAGE, variables: ['name', 'order'], createdAt: ISO, updatedAt: ISO },
    });
    expect((await call('GET', '/shipped')).body.data).toEqual(made);
    expect((await call('POST', '', { name: 'SHIPPED', message: MESSAGE })).status).toBe(409);
    const message = { type: 'location', latitude: 1, longitude: 2, name: '{{place}}' };
    const changed = await call('PUT', '/Shipped', { message });
    expect(changed.body.data).toMatchObject({
      name: 'Shipped',
      message,
      variables: ['place'],
      createdAt: made.createdAt,
    });
    expect((await call('DELETE', '/shipped')).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await call(method, '/shipped')).status).toBe(404);
    expect((await call('PUT', '/shipped', { message })).status).toBe(404);
  });

  it('are listed by name, in pages', async () => {
    for (const name of ['b-3', 'b-1', 'b-2']) await make(name);
    const names = (answer: Awaited<ReturnType<typeof call>>) =>
      answer.body.data.templates.map(({ name }: { name: string }) => name);
    const first = await call('GET', '?per_page=2');
    expect(names(first)).toEqual(['b-1', 'b-2']);
    const next = await call('GET', `?per_page=2&cursor=${first.body.meta.pagination.next_cursor}`);
    expect(names(next)).toEqual(['b-3']);
    expect((await call('GET', '?cursor=bm8')).status).toBe(400);
  });

  it.each([
    ['an unknown type', { type: 'fax', text: 'x' }, 'message.type'],
    ['a field that the type lacks', { type: 'text', caption: 'x' }, 'message.text'],
    ['a recipient', { ...MESSAGE, to: TO }, 'message.to'],
    ['a number that is none', { type: 'location', latitude: '{{lat}}', longitude: 500 }, 'message.longitude'],
    ['a file in itself', { type: 'image', image: 'data:image/png;base64,eA==' }, 'message'],
    ['an upload', { type: 'image', mediaId: 'out_2Yx0b1nTn3Jm5VQd7Wl9sQ2eRrTtYyUu' }, 'message'],
  ])('are refused for %s', async (_what, message, path) => {
    const answer = await call('POST', '', { name: 'bad', message });
    expect(answer.status).toBe(400);
    expect(answer.body.details.map((detail: { path: string }) => detail.path)).toContain(path);
  });

  it('are written by users and keys of the account, used by keys of instances, and of nobody else', async () => {
    await make('ours');
    expect((await call('GET', '/ours', undefined, key)).status).toBe(200);
    const named = { name: 'by-key', message: MESSAGE };
    for (const [method, path, body] of [
      ['POST', '', named],
      ['PUT', '/ours', { message: MESSAGE }],
      ['DELETE', '/ours', undefined],
    ] as const) {
      expect((await call(method, path, body, key)).status).toBe(403);
    }
    const wide = { name: 'wide', permissions: ALL_PERMISSIONS };
    const made = await rig.call('POST', '/api/keys', wide, { as: account.token });
    expect((await call('POST', '', named, made.body.data.key)).status).toBe(201);
    const stranger = await rig.register();
    const foreign = await call('GET', '/ours', undefined, stranger.token);
    expect([foreign.status, foreign.body]).toEqual([404, errorBody('RESOURCE_NOT_FOUND')]);
    expect((await call('GET', '', undefined, stranger.token)).body.data.templates).toEqual([]);
    expect((await call('DELETE', '/ours', undefined, stranger.token)).status).toBe(404);
    expect((await call('GET', '/ours')).status).toBe(200);
  });
});

describe('the message of a template', () => {
  it('is sent with its variables filled in, by its Idempotency-Key once', async () => {
    await make('order');
    const body = { to: TO, template: 'order', variables: { name: 'Ann', order: 4711 } };
    const headers = { 'idempotency-key': 'order-4711' };
    const [first, again] = [await send(body, headers), await send(body, headers)];
    expect([first.status, first.body.data.status]).toEqual([201, 'SENT']);
    expect([again.status, again.body.data.messageId]).toEqual([201, first.body.data.messageId]);
    expect(lastInput()).toEqual({
      to: `${TO}@s.whatsapp.net`,
      text: 'Hello Ann, order 4711 is on its way.',
    });
  });

  it('names every variable that is missing', async () => {
    await make('poor');
    const answer = await send({ to: TO, template: 'poor', variables: { other: 'x' } });
    expect([answer.status, answer.body.details]).toEqual([
      400,
      [
        { path: 'variables.name', message: 'is missing' },
        { path: 'variables.order', message: 'is missing' },
      ],
    ]);
    const none = await send({ to: TO, template: 'nobody' });
    expect([none.status, none.body]).toEqual([
      404,
      errorBody('RESOURCE_NOT_FOUND', { instanceName: 'mine' }, { instanceName: 'mine' }),
    ]);
  });

  it('of another type goes as that, now or later', async () => {
    await make('picture', { type: 'image', image: 'https://{{host}}/a.png', caption: 'For {{name}}' });
    const variables = { host: 'files.example', name: 'Ann' };
    expect((await send({ to: TO, template: 'picture', variables })).status).toBe(201);
    expect(lastInput()).toMatchObject({ media: { url: 'https://files.example/a.png' }, caption: 'For Ann' });
    const inside = await send({ to: TO, template: 'picture', variables: { ...variables, host: '10.0.0.1' } });
    expect(inside.status).toBe(400);
    const sendAt = new Date(Date.now() + 3_600_000).toISOString();
    const later = await send({ to: TO, template: 'picture', variables, sendAt });
    expect([later.status, later.body.data]).toEqual([202, expect.objectContaining({ status: 'SCHEDULED', sendAt })]);
  });

  it('goes to many by the name of the template, as it was when the bulk was accepted', async () => {
    await make('many');
    const recipients = [{ to: TO, variables: { name: 'Ann', order: '1' } }];
    const post = (body: object) => rig.call('POST', '/api/messages/bulk', body, { as: key });
    const made = await post({ template: 'many', recipients, title: 'T' });
    expect([made.status, made.body.data.template]).toEqual([202, 'many']);
    await call('PUT', '/many', { message: { type: 'text', text: 'something else' } });
    const shown = await rig.call('GET', `/api/messages/bulk/${made.body.data.bulkId}`, undefined, { as: key });
    expect(shown.body.data.text).toBe(MESSAGE.text);
    expect((await post({ template: 'nobody', recipients })).status).toBe(404);
  });
});
