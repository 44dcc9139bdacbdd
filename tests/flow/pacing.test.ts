import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { adaptersOf } from '../support/event-log.ts';
import { TestGateway } from '../support/gateway.ts';
import { control } from '../support/person.ts';

let gateway: TestGateway;
let user: ApiClient;
beforeAll(async () => {
  gateway = await TestGateway.start();
  user = await register(gateway.url);
});
afterAll(() => gateway?.stop());

const HOUR_MS = 3_600_000;
let count = 0;

async function aPhone(settings: object = {}): Promise<LinkedInstance> {
  count += 1;
  const linked = await linkInstance(user, `phone-${count}`);
  if (Object.keys(settings).length > 0) await user.must('PUT', `/api/instances/${linked.name}`, { settings });
  return linked;
}
const send = ({ key }: LinkedInstance, to: string, text: string, prefer = 'wait=20') =>
  key.post('/api/messages/text', { to, text }, { prefer });
const statusOf = async ({ key }: LinkedInstance, answer: { body: { data: { messageId: string } } }) =>
  (await key.get(`/api/messages/${answer.body.data.messageId}/status`)).body.data;
const accountOf = async ({ name }: LinkedInstance) =>
  (await user.get(`/api/instances/${name}/status`)).body.data.account;
const limit = ({ phone }: LinkedInstance, limits: object) =>
  control(gateway.controlUrl, 'POST', '/control/account-limits', { phone, ...limits });
const untilAccount = ({ name }: LinkedInstance, accept: (account: { mayBeginChats: boolean }) => boolean) =>
  user.until(`/api/instances/${name}/status`, ({ body }) => accept(body.data.account));
/** Newest first. */
async function eventsOf({ name }: LinkedInstance, type: string): Promise<object[]> {
  const { id } = (await user.must('GET', `/api/instances/${name}`)).body.data;
  const adapters = adaptersOf(gateway.dataDir);
  const all = await adapters.events.latest(id as string, 200);
  adapters.close();
  return all.filter((event) => event.type === type).map(({ data }) => data);
}

it('paces nothing of a test instance unless it is asked to', async () => {
  const phone = await aPhone();
  for (const text of ['one', 'two', 'three']) expect((await send(phone, freshNumber(), text)).status).toBe(201);
  expect(await accountOf(phone)).toEqual({ mayBeginChats: true, timeLock: null, newChats: null, refusedAt: null });
});

it('spaces new chats; an answer in an open chat does not wait for them, nor does another instance', async () => {
  const [phone, other] = [await aPhone({ pacing: true, newChatDelay: HOUR_MS }), await aPhone()];
  const [friend, first, second] = [freshNumber(), freshNumber(), freshNumber()];
  await gateway.person(friend).writes(phone.phone, 'hello?');
  await phone.key.until('/api/messages?direction=received', ({ body }) => body.data.messages.length === 1);
  expect((await send(phone, first, 'the first new chat')).status).toBe(201);
  const held = await send(phone, second, 'the second one', 'respond-async');
  const behind = await send(phone, second, 'after it', 'respond-async');
  const answer = await send(phone, friend, 'hello!');
  expect(answer.status).toBe(201);
  expect((await send(other, second, 'from elsewhere')).status).toBe(201);
  expect((await statusOf(phone, held)).status).toBe('QUEUED');
  expect((await statusOf(phone, behind)).status).toBe('QUEUED');

  // The moment is the instance's, not the process's: after a restart it still waits.
  await gateway.restart();
  user = new ApiClient(gateway.url, user.credential);
  const again = { ...phone, key: new ApiClient(gateway.url, phone.key.credential) };
  await user.until(`/api/instances/${phone.name}/status`, ({ body }) => body.data.status === 'CONNECTED');
  expect((await send(again, friend, 'still here')).status).toBe(201);
  expect((await statusOf(again, held)).status).toBe('QUEUED');

  await user.must('PUT', `/api/instances/${phone.name}`, { settings: { pacing: false } });
  const texts = (await gateway.person(second).sees(({ from, own }) => !own && from.startsWith(phone.phone), 2)).map(
    ({ text }) => text,
  );
  expect(texts).toEqual(['the second one', 'after it']);
});

it('shows, tells and minds a time-lock: no new chats, answers go on', async () => {
  const phone = await aPhone({ pacing: true, newChatDelay: 0 });
  const friend = freshNumber();
  await gateway.person(friend).writes(phone.phone, 'hello?');
  await phone.key.until('/api/messages?direction=received', ({ body }) => body.data.messages.length === 1);
  const until = Math.floor(Date.now() / 1_000) + 3_600;
  await limit(phone, { timeLockUntil: until });
  await untilAccount(phone, ({ mayBeginChats }) => !mayBeginChats);
  const timeLock = { type: 'DEFAULT', until: new Date(until * 1_000).toISOString() };
  expect(await accountOf(phone)).toEqual({ mayBeginChats: false, timeLock, newChats: null, refusedAt: null });
  expect((await user.get(`/api/instances/${phone.name}/health`)).body.data.status).toBe('DEGRADED');
  const refused = await send(phone, freshNumber(), 'to somebody new');
  expect([refused.status, refused.body.error]).toEqual([422, 'MESSAGE_SEND_FAILED']);
  expect(refused.body.details).toEqual({ reason: 'REACHOUT_TIME_LOCK', until: timeLock.until });
  expect((await send(phone, friend, 'an answer')).status).toBe(201);

  // Asked for anew at every login, so one that was put or lifted meanwhile is seen.
  await user.must('POST', `/api/instances/${phone.name}/restart`);
  await user.until(`/api/instances/${phone.name}/status`, ({ body }) => body.data.status === 'CONNECTED');
  expect((await accountOf(phone)).timeLock).toEqual(timeLock);
  await limit(phone, { timeLockUntil: null });
  await untilAccount(phone, ({ mayBeginChats }) => mayBeginChats);
  expect((await send(phone, freshNumber(), 'to somebody new')).status).toBe(201);
  expect(await eventsOf(phone, 'instance.time_lock')).toEqual([
    { isActive: false, type: null, until: null },
    { isActive: true, ...timeLock },
  ]);
});

it('stops new chats at the second warning of the cap, not at the first, and after a refusal (463)', async () => {
  const phone = await aPhone({ pacing: true, newChatDelay: 0 });
  await limit(phone, { newChats: 'FIRST_WARNING' });
  await user.until(`/api/instances/${phone.name}/status`, ({ body }) => body.data.account.newChats !== null);
  expect((await send(phone, freshNumber(), 'new')).status).toBe(201);
  await limit(phone, { newChats: 'SECOND_WARNING' });
  await untilAccount(phone, ({ mayBeginChats }) => !mayBeginChats);
  expect((await send(phone, freshNumber(), 'new')).body.details).toMatchObject({ reason: 'NEW_CHATS_CAPPED' });
  await limit(phone, { newChats: 'NONE' });
  await untilAccount(phone, ({ mayBeginChats }) => mayBeginChats);
  expect(await eventsOf(phone, 'instance.new_chats')).toMatchObject([
    { status: 'NONE' },
    { status: 'SECOND_WARNING', used: 90, quota: 100 },
    { status: 'FIRST_WARNING' },
  ]);

  await control(gateway.controlUrl, 'POST', '/control/faults', {
    ackError: 463,
    ackErrorTimes: 1,
    phones: [phone.phone],
  });
  const refused = await send(phone, freshNumber(), 'refused');
  expect(refused.body.details).toMatchObject({ reason: 'REACHOUT_LIMITED', whatsappCode: 463 });
  const next = await send(phone, freshNumber(), 'not even tried');
  expect(next.body.details).toMatchObject({ reason: 'REACHOUT_LIMITED', until: expect.any(String) });
  expect((await accountOf(phone)).refusedAt).toEqual(expect.any(String));
});
