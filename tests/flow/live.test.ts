import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';
import { LiveClient } from '../support/live-client.ts';

let gateway: TestGateway;
let user: ApiClient;
beforeAll(async () => {
  gateway = await TestGateway.start();
  user = await register(gateway.url);
});
afterAll(() => gateway.stop());

async function ticketOf(owner: ApiClient): Promise<string> {
  return (await owner.must('POST', '/api/ws/ticket', {})).body.data.ticket as string;
}

async function watch(owner: ApiClient, cursor?: string): Promise<LiveClient> {
  return LiveClient.open(gateway.url, { ticket: await ticketOf(owner), ...(cursor === undefined ? {} : { cursor }) });
}

const texts = (client: LiveClient) => client.named('new_message_received').map(({ data }) => data.text);

/** Somebody writes; resolves when the instance has it, so that what was told before is told. */
async function receives(linked: LinkedInstance, ...written: string[]): Promise<void> {
  const person = gateway.person(freshNumber());
  for (const text of written) await person.writes(linked.phone, text);
  await linked.key.until('/api/messages?direction=received&per_page=100', ({ body }) => {
    const seen = (body.data.messages as { text: string }[]).map(({ text }) => text);
    return written.every((text) => seen.includes(text));
  });
}

describe('the five events', () => {
  let client: LiveClient;
  let linked: LinkedInstance;
  beforeAll(async () => {
    client = await watch(user);
    linked = await linkInstance(user, 'desk');
  });
  afterAll(() => client.close());

  it('qr_code_updated: the code that is shown, as a picture and as text', async () => {
    const [frame] = await client.sees(({ event }) => event === 'qr_code_updated');
    expect(frame).toMatchObject({
      instanceName: 'desk',
      data: { qrCode: expect.stringMatching(/^data:image\/png;base64,/), qr: expect.stringContaining('2@') },
      timestamp: expect.stringMatching(/Z$/),
      cursor: expect.any(String),
    });
    expect(Date.parse(frame?.data.expiresAt)).toBeGreaterThan(Date.now());
  });

  it('instance_status_changed: from opening to connected', async () => {
    await client.sees(({ event, data }) => event === 'instance_status_changed' && data.status === 'CONNECTED');
    const seen = client.named('instance_status_changed');
    expect(seen[0]?.data).toMatchObject({ status: 'CONNECTING' });
    expect(seen.at(-1)).toMatchObject({
      instanceName: 'desk',
      data: { status: 'CONNECTED', phone: `+${linked.phone}` },
    });
  });

  it('new_message_received: with its text and who wrote it', async () => {
    const person = gateway.person(freshNumber());
    const id = await person.writes(linked.phone, 'is anybody there?');
    const [frame] = await client.sees(({ event }) => event === 'new_message_received');
    expect(frame).toMatchObject({
      instanceName: 'desk',
      data: { messageId: `msg_${id}`, text: 'is anybody there?', from: { phone: person.number }, isGroup: false },
    });
  });

  it('new_message_received: a text of the longest kind is shortened to fit a frame', async () => {
    const long = '"ü'.repeat(30_000);
    await gateway.person(freshNumber()).writes(linked.phone, long);
    const [frame] = await client.sees(({ event, data }) => event === 'new_message_received' && data.isTextShortened);
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(32 * 1024);
    expect(frame?.data.text.length).toBeGreaterThan(5_000);
    expect(long.startsWith(frame?.data.text)).toBe(true);
  });

  it('connection_lost: beside the change of status', async () => {
    await user.must('POST', '/api/test/instances/desk/disconnect', { code: 503 });
    const [lost] = await client.sees(({ event }) => event === 'connection_lost');
    expect(lost).toMatchObject({ instanceName: 'desk', data: { phone: `+${linked.phone}` } });
    const twin = client.named('instance_status_changed').find(({ id }) => id === lost?.id);
    expect(twin?.data).toEqual(lost?.data);
    expect(twin?.cursor).not.toBe(lost?.cursor);
    await client.sees(({ event, data }) => event === 'instance_status_changed' && data.status === 'CONNECTED', 2);
  });

  it('usage_limit_warning: when the subscription fills up', async () => {
    for (const name of ['two', 'three', 'four']) {
      await user.must('POST', '/api/instances', { name, environment: 'test' });
    }
    await user.must('GET', '/api/instances/four/qr');
    const [frame] = await client.sees(({ event }) => event === 'usage_limit_warning');
    expect(frame).toMatchObject({
      instanceName: null,
      data: { resource: 'instances', used: 4, limit: 5, percent: 80 },
    });
  });

  it('message_changed, beside them, for who follows messages: sent, delivered, read', async () => {
    const follower = await LiveClient.open(gateway.url, { ticket: await ticketOf(user), follow: 'messages' });
    const person = gateway.person(freshNumber());
    const { body } = await linked.key.must('POST', '/api/messages/text', { to: person.number, text: 'Hello!' });
    const { messageId } = body.data;
    await follower.sees(({ event, data }) => event === 'message_changed' && data.status === 'READ');
    const chat = `${person.number}@s.whatsapp.net`;
    expect(follower.named('message_changed').map(({ data }) => data)).toEqual(
      ['SENT', 'DELIVERED', 'READ'].map((status) => ({
        ...{ messageId, chat, change: 'status', status, timestamp: expect.stringMatching(/Z$/) },
      })),
    );
    expect(client.named('message_changed')).toEqual([]);
    await follower.close();
  });

  it('come in order, each with a cursor of its own', () => {
    const cursors = client.frames.map(({ cursor }) => cursor);
    expect(new Set(cursors).size).toBe(cursors.length);
  });
});

describe('a reconnect', () => {
  let owner: ApiClient;
  let linked: LinkedInstance;
  let last: string;
  beforeAll(async () => {
    owner = await register(gateway.url);
    linked = await linkInstance(owner, 'desk');
  });

  it('from a cursor loses nothing and doubles nothing', async () => {
    const first = await watch(owner);
    await receives(linked, 'one', 'two');
    await first.sees(({ event }) => event === 'new_message_received', 2);
    await first.close();
    await receives(linked, 'three', 'four');
    const second = await watch(owner, first.cursor);
    await receives(linked, 'five');
    await second.sees(({ data }) => data.text === 'five');
    expect(second.frames[0]).toMatchObject({ event: 'connected', data: { resumed: true } });
    expect(texts(second)).toEqual(['three', 'four', 'five']);

    const third = await watch(owner, second.frames.find(({ data }) => data.text === 'three')?.cursor);
    await third.sees(({ data }) => data.text === 'five');
    expect(texts(third)).toEqual(['four', 'five']);
    await Promise.all([second.close(), third.close()]);
  });

  it('in the middle of a stream of messages, over and over, sees each once', async () => {
    const numbers = Array.from({ length: 30 }, (_, i) => `number ${i}`);
    const start = await watch(owner);
    let cursor = start.cursor;
    await start.close();
    const writing = receives(linked, ...numbers);
    const seen: string[] = [];
    while (seen.length < numbers.length) {
      const client = await watch(owner, cursor);
      await client.sees(({ event }) => event === 'new_message_received', Math.min(4, numbers.length - seen.length));
      client.socket.terminate();
      await client.closed;
      seen.push(...texts(client));
      cursor = client.cursor;
    }
    await writing;
    expect(seen).toEqual(numbers);
    last = cursor;
  });

  it('also resumes after the gateway itself was restarted', async () => {
    await receives(linked, 'while away');
    await gateway.restart();
    const again = new ApiClient(gateway.url, owner.credential);
    const after = await watch(again, last);
    await after.sees(({ data }) => data.text === 'while away');
    expect(texts(after)).toEqual(['while away']);
    // The restarted session comes back meanwhile; the next tests want a quiet line.
    await after.sees(({ event, data }) => event === 'instance_status_changed' && data.status === 'CONNECTED');
    await after.close();
  });

  it.each([
    ['that is none', 'nonsense'],
    ['of another tenant', '1mwu4get5.cCJbUKEs1'],
  ])('with a cursor %s says resync and goes on from now', async (_what, cursor) => {
    const client = await watch(new ApiClient(gateway.url, owner.credential), cursor);
    const [frame] = await client.sees(({ event }) => event === 'resync');
    expect(frame?.data).toEqual({ reason: 'cursor_invalid' });
    expect(client.frames[0]).toMatchObject({ event: 'connected', data: { resumed: false } });
    expect(client.frames).toHaveLength(2);
    await client.close();
  });

  it('with a cursor of yesterday but one says resync', async () => {
    const client = await watch(new ApiClient(gateway.url, owner.credential));
    const [head, ...rest] = client.cursor.split('.') as [string, ...string[]];
    const old = (Number.parseInt(head.slice(1), 36) - 25 * 3_600_000).toString(36);
    const late = await watch(new ApiClient(gateway.url, owner.credential), [`1${old}`, ...rest].join('.'));
    expect((await late.sees(({ event }) => event === 'resync'))[0]?.data).toEqual({ reason: 'cursor_too_old' });
    await Promise.all([client.close(), late.close()]);
  });
});
