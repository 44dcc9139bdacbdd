import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../lib/core/model/command.ts';
import { bulkCommandId, publicMessageId, whatsappMessageId } from '../../lib/core/model/ids.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { BulkEntry } from '../../lib/core/ports/index.ts';
import { feedBulk } from '../../lib/core/usecases/feed-bulk.ts';
import { type Account, ALL_PERMISSIONS, ApiRig, ISO, LINKED } from '../support/api-rig.ts';
import { BULK_MESSAGE, BulkSender, number, people } from '../support/bulk-rig.ts';

const HOUR_MS = 3_600_000;

let rig: ApiRig;
let bulk: BulkSender;
let account: Account;
let name: string;
let instanceId: string;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  bulk = await BulkSender.start(rig);
  ({ account, name, instanceId } = bulk);
});

describe('a bulk on its way', () => {
  it('is accepted in parts, by whoever looks, each recipient once', async () => {
    const bulkId = await bulk.create({ recipients: people(70) });
    const [entry] = (await bulk.entries()) as [BulkEntry];
    const looks = await Promise.all([1, 2, 3].map(() => feedBulk(bulk.feedPorts(), entry)));
    expect(looks.filter(({ accepted }) => accepted)).toEqual([{ accepted: true, again: true }]);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ pending: 40, queued: 30, sent: 0 });
    await bulk.look(5);
    // No more than 40 wait in the queue of an instance.
    expect(await bulk.look(2_000)).toBe(1);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ pending: 30, queued: 40 });
    await bulk.send();
    await bulk.look(5_000);
    await bulk.send();
    await bulk.look(60_000);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ total: 70, pending: 0, queued: 0, sent: 70 });
    expect((await bulk.get(`/${bulkId}`)).body.data.status).toBe('COMPLETED');
    expect(await bulk.look(60_000)).toBe(1);
    expect(await bulk.look(120_000)).toBe(0);

    const mine = rig.runner.seen.filter((command) => command.instanceId === instanceId);
    const texts = mine.filter(({ operation }) => operation === 'message.sendText');
    expect(texts.map(({ input }) => (input as { text: string }).text)).toEqual(
      Array.from({ length: 70 }, (_, i) => `Hello P${i}`),
    );
    expect(await bulk.told('bulk.completed')).toMatchObject([
      { data: { bulkId, instanceName: name, sent: 70, total: 70 } },
    ]);
    expect((await bulk.told('bulk.progress')).length).toBeGreaterThan(0);
  });

  it('is looked at again when half of what waits has ended, as fast as it goes', async () => {
    const bulkId = await bulk.create({ recipients: people(120) });
    await bulk.look(5);
    await bulk.look(10);
    for (const { commandId } of (await bulk.pending()).slice(0, 10)) {
      const command = (await rig.ports.commands.get(instanceId, commandId)) as Command;
      await rig.ports.commands.withdraw(command, rig.ports.clock());
    }
    await bulk.look(2_000);
    expect(await bulk.pending()).toHaveLength(40);
    // Ten in two seconds: half of forty take four, which is also the longest.
    const [lane] = (await rig.ports.bulks.get(instanceId, bulkId))?.lanes ?? [];
    expect((lane?.dueMs ?? 0) - (lane?.lookedAtMs ?? 0)).toBeGreaterThan(3_500);
  });

  it('says of each recipient what became of it, in pages and as a file', async () => {
    rig.runner.behave(instanceId, 'message.sendText', ({ input, messageId, acceptedAtMs }) =>
      (input as { text: string }).text.endsWith('P1')
        ? { state: 'failed', error: { code: 'MESSAGE_SEND_FAILED', message: '=no, "never"' } }
        : { state: 'done', output: { messageId: `msg_${messageId}`, to: '', timestampMs: acceptedAtMs } },
    );
    const bulkId = await bulk.create({ recipients: people(4), pacing: { minDelayMs: 1, maxDelayMs: 3_600_000 } });
    expect((await bulk.resultsOf(bulkId)).map(({ status }) => status)).toEqual(Array(4).fill('PENDING'));
    await bulk.look();
    await bulk.look(2 * HOUR_MS);
    await bulk.send();
    await bulk.look(4 * HOUR_MS);
    const [startAtMs] = [Date.parse((await bulk.get(`/${bulkId}`)).body.data.sendAt)];
    const idOf = (i: number) =>
      publicMessageId(whatsappMessageId(account.tenantId, instanceId, bulkCommandId(bulkId, startAtMs, i)));
    const results = await bulk.resultsOf(bulkId);
    expect(results).toMatchObject([
      { line: 1, to: number(0), instanceName: name, status: 'SENT', messageId: idOf(0), error: null, sentAt: ISO },
      { line: 2, status: 'FAILED', messageId: idOf(1), error: { code: 'MESSAGE_SEND_FAILED' }, sentAt: null },
      { line: 3, status: 'QUEUED', messageId: idOf(2) },
      { line: 4, status: 'PENDING', messageId: null },
    ]);
    const first = await bulk.get(`/${bulkId}/results?per_page=3`);
    expect(first.body.data.results).toEqual(results.slice(0, 3));
    const cursor = first.body.meta.pagination.next_cursor;
    expect(await bulk.resultsOf(bulkId, `?per_page=3&cursor=${cursor}`)).toEqual(results.slice(3));
    expect((await bulk.get(`/${bulkId}/results?cursor=x`)).status).toBe(400);
    const file = await bulk.get(`/${bulkId}/results.csv`);
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${bulkId}.csv"`);
    const lines = file.text.split('\r\n');
    expect(lines[0]).toBe('line,to,instanceName,status,messageId,errorCode,error,sentAt,deliveredAt,readAt');
    expect(lines[2]).toBe(`2,${number(1)},${name},FAILED,${idOf(1)},MESSAGE_SEND_FAILED,"'=no, ""never""",,,`);
    expect(lines).toHaveLength(6);
  });

  it('keeps its pace, for each instance', async () => {
    const bulkId = await bulk.create({ recipients: people(10), pacing: { perMinute: 1 } });
    const queuedAfter = async (ms: number) => {
      await bulk.look(ms);
      return (await bulk.countsOf(bulkId)).queued;
    };
    expect([await queuedAfter(0), await queuedAfter(20_000), await queuedAfter(61_000)]).toEqual([1, 1, 2]);
    // After a long pause it does not make up for what it has missed.
    expect(await queuedAfter(HOUR_MS)).toBe(3);
  });

  it('holds few back in the queue of an instance that is paced itself', async () => {
    await rig.call('PUT', `/api/instances/${name}`, { settings: { messageDelay: 500 } }, { as: account.token });
    const bulkId = await bulk.create({ recipients: people(10) });
    await bulk.look();
    expect(await bulk.countsOf(bulkId)).toMatchObject({ queued: 3, pending: 7 });
  });

  it('waits for an instance that is away', async () => {
    const bulkId = await bulk.create({ recipients: people(2) });
    await rig.runner.setState(account.tenantId, instanceId, { status: 'LOGGED_OUT', linked: false });
    await bulk.look();
    await bulk.look(HOUR_MS);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ pending: 2, queued: 0 });
    await rig.runner.setState(account.tenantId, instanceId, LINKED);
    await bulk.look(2 * HOUR_MS);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ pending: 0, queued: 2 });
  });

  it('begins at its moment, and can be cancelled before', async () => {
    const sendAt = new Date(Date.now() + HOUR_MS).toISOString();
    const bulkId = await bulk.create({ recipients: people(2), sendAt });
    expect((await bulk.get(`/${bulkId}`)).body.data).toMatchObject({ status: 'SCHEDULED', sendAt });
    expect(await bulk.look(HOUR_MS / 2)).toBe(0);
    expect(await bulk.look(HOUR_MS)).toBe(1);
    expect((await bulk.countsOf(bulkId)).queued).toBe(2);
    const other = await bulk.create({ recipients: people(2), sendAt });
    expect((await bulk.post(`/${other}/cancel`)).status).toBe(200);
    await bulk.look(5);
    expect(await bulk.countsOf(other)).toMatchObject({ pending: 0, cancelled: 2, queued: 0 });
  });

  it('leaves out numbers without WhatsApp before it writes to anybody of them', async () => {
    const absent = number(1);
    rig.runner.behave(instanceId, 'contact.check', ({ input }) => ({
      state: 'done',
      output: {
        results: (input as { numbers: string[] }).numbers.map((one) => ({
          ...{ number: one, exists: one !== absent, jid: null, name: null, profilePicture: null },
        })),
      },
    }));
    const bulkId = await bulk.create({ recipients: people(3), skipUnregistered: true });
    await bulk.look();
    expect((await bulk.pending()).map(({ operation }) => operation)).toEqual(['contact.check']);
    await bulk.send();
    await bulk.look(2_000);
    await bulk.look(2_050);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ queued: 2, skipped: 1, pending: 0 });
    expect((await bulk.resultsOf(bulkId)).map(({ status }) => status)).toEqual(['QUEUED', 'SKIPPED', 'QUEUED']);
    const others = ALL_PERMISSIONS.filter((permission) => permission !== 'contact:check');
    const poor = (await rig.key(account, name, others)).text;
    const body = { message: BULK_MESSAGE, recipients: people(1), skipUnregistered: true };
    expect((await bulk.post('', body, {}, poor)).status).toBe(403);
  });
});

describe('steering', () => {
  it('pauses and resumes', async () => {
    const bulkId = await bulk.create({ recipients: people(50), pacing: { perMinute: 60 } });
    await bulk.look();
    expect((await bulk.post(`/${bulkId}/pause`)).body.data.status).toBe('PAUSED');
    await bulk.look(HOUR_MS);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ queued: 0, pending: 50 });
    const again = await bulk.post(`/${bulkId}/pause`);
    expect([again.status, again.body.details]).toEqual([409, { status: 'PAUSED' }]);
    expect((await bulk.post(`/${bulkId}/resume`)).body.data.status).toBe('RUNNING');
    await bulk.look(2 * HOUR_MS);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ queued: 1, pending: 49 });
    await bulk.look(3 * HOUR_MS);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ queued: 3, pending: 47 });
  });

  it('takes back what nobody has begun to send while it is paused, and begins with it when it goes on', async () => {
    const bulkId = await bulk.create({ recipients: people(50) });
    await bulk.look();
    const before = await bulk.pending();
    expect(before.length).toBeGreaterThan(20);
    await rig.ports.commands.claim(instanceId, before[0]?.commandId as string, 'somebody', 99, Date.now());
    await bulk.post(`/${bulkId}/pause`);
    // A look that dies after it has taken one back, before it could say so.
    const lost = await rig.ports.commands.get(instanceId, before[3]?.commandId as string);
    expect(await rig.ports.commands.takeBack(lost as Command)).toBe(true);
    await bulk.look(5);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ queued: 1, pending: 49, failed: 0 });
    const results = await bulk.resultsOf(bulkId, '?per_page=100');
    expect(results.map(({ status }) => status)).toEqual(['QUEUED', ...Array(49).fill('PENDING')]);
    expect(await bulk.pending()).toEqual([before[0]]);
    await bulk.post(`/${bulkId}/resume`);
    await bulk.look(10);
    expect((await bulk.pending()).map(({ commandId }) => commandId)).toEqual(before.map(({ commandId }) => commandId));
    await bulk.look(2_000);
    const all = (await bulk.pending()).map(({ to }) => to);
    expect([all.length, new Set(all).size]).toEqual([40, 40]);
  });

  it('ends as cancelled what a pause has taken back', async () => {
    const bulkId = await bulk.create({ recipients: people(5) });
    await bulk.look();
    await bulk.post(`/${bulkId}/pause`);
    await bulk.look(5);
    await bulk.post(`/${bulkId}/cancel`);
    await bulk.look(10);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ queued: 0, pending: 0, cancelled: 5 });
    expect((await bulk.resultsOf(bulkId)).map(({ status }) => status)).toEqual(Array(5).fill('CANCELLED'));
  });

  it('cancels, and takes back what nobody has begun to send', async () => {
    const bulkId = await bulk.create({ recipients: people(50) });
    await bulk.look();
    const [first] = await bulk.pending();
    const claimed = await rig.ports.commands.claim(instanceId, first?.commandId as string, 'somebody', 99, Date.now());
    expect(claimed?.state).toBe('running');
    expect((await bulk.post(`/${bulkId}/cancel`)).body.data.status).toBe('CANCELLED');
    await bulk.look(5);
    expect(await bulk.countsOf(bulkId)).toMatchObject({ queued: 1, cancelled: 49, sent: 0, pending: 0 });
    expect((await bulk.pending()).map(({ commandId }) => commandId)).toEqual([first?.commandId]);
    const results = await bulk.resultsOf(bulkId, '?per_page=100');
    expect(results.map(({ status }) => status)).toEqual(['QUEUED', ...Array(49).fill('CANCELLED')]);
    expect((await bulk.post(`/${bulkId}/resume`)).status).toBe(409);
    expect(await bulk.told('bulk.completed')).toEqual([]);
    const { messageId } = results[0] as { messageId: string };
    const id = messageId.slice('msg_'.length);
    await rig.runner.write(account.tenantId, instanceId, [
      { kind: 'message', id, scope: OUT_SCOPE, once: { sentAtMs: Date.now() } },
    ]);
    await bulk.look(HOUR_MS);
    await bulk.look(2 * HOUR_MS);
    expect(await bulk.told('bulk.completed')).toMatchObject([
      { data: { status: 'CANCELLED', sent: 1, cancelled: 49 } },
    ]);
  });
});
