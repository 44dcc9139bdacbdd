import { expect } from 'vitest';
import type { RecordedEvent } from '../../lib/core/ports/events.ts';
import type { BulkEntry, PendingCommand } from '../../lib/core/ports/index.ts';
import { type FeedPorts, feedBulk } from '../../lib/core/usecases/feed-bulk.ts';
import { type Account, type Answer, type ApiRig, LINKED } from './api-rig.ts';

/** A plain message with a name in it. */
export const BULK_MESSAGE = { type: 'text', text: 'Hello {{name}}' };

export const number = (i: number) => `62812345${String(i).padStart(5, '0')}`;
export const people = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ to: number(i), variables: { name: `P${i}` } }));

let count = 0;

/** An account with an instance that writes to many; nobody looks after its bulks but the test. */
export class BulkSender {
  readonly rig: ApiRig;
  readonly account: Account;
  /** Of the instance. */
  readonly name: string;
  readonly instanceId: string;
  /** What requests are made with. */
  key: string;
  /** Says which instance a key of the account means. */
  wholeAccount = '';

  private constructor(rig: ApiRig, account: Account, name: string, instanceId: string, key: string) {
    this.rig = rig;
    this.account = account;
    this.name = name;
    this.instanceId = instanceId;
    this.key = key;
  }

  static async start(rig: ApiRig): Promise<BulkSender> {
    count += 1;
    const name = `bulk-${count}`;
    const account = await rig.register();
    const instanceId = await rig.instance(account, name, LINKED);
    const bulk = new BulkSender(rig, account, name, instanceId, (await rig.key(account, name)).text);
    await bulk.unpaced(name);
    return bulk;
  }

  /** As instances of the test network are. */
  unpaced(instance: string): Promise<Answer> {
    const settings = { pacing: false };
    return this.rig.call('PUT', `/api/instances/${instance}`, { settings }, { as: this.account.token });
  }

  post(path: string, body: object = {}, headers = {}, as = this.key): Promise<Answer> {
    return this.rig.call('POST', `/api/messages/bulk${path}`, body, { as, headers });
  }

  get(path: string, as = this.key): Promise<Answer> {
    const naming = path.includes('?') ? this.wholeAccount.replace('?', '&') : this.wholeAccount;
    return this.rig.call('GET', `/api/messages/bulk${path}${naming}`, undefined, { as });
  }

  /** Returns the bulk's id. */
  async create(fields: object): Promise<string> {
    const answer = await this.post('', { message: BULK_MESSAGE, ...fields });
    expect(answer.status, answer.text).toBe(202);
    return answer.body.data.bulkId as string;
  }

  async countsOf(bulkId: string): Promise<Record<string, number>> {
    return (await this.get(`/${bulkId}`)).body.data.counts;
  }

  async resultsOf(bulkId: string, query = ''): Promise<Record<string, unknown>[]> {
    return (await this.get(`/${bulkId}/results${query}`)).body.data.results;
  }

  /** What is due of this account's bulks. */
  async entries(): Promise<BulkEntry[]> {
    const due = await this.rig.ports.schedule.due(0, this.rig.ports.clock(), 100);
    return due.filter((entry) => entry.kind === 'bulk' && entry.tenantId === this.account.tenantId) as BulkEntry[];
  }

  /** What the runner that owns the shard does about once a second; nobody rings, so what is accepted stays queued. */
  async look(ms = 0): Promise<number> {
    return this.rig.later(ms, async () => {
      const due = await this.entries();
      for (const entry of due) await feedBulk(this.feedPorts(), entry);
      return due.length;
    });
  }

  feedPorts(): FeedPorts {
    return { ...this.rig.ports, random: () => 0.5, announce: () => undefined };
  }

  pending(): Promise<PendingCommand[]> {
    return this.rig.ports.commands.listPending(0, this.instanceId);
  }

  /** Has the stub runner send what is queued. */
  async send(): Promise<void> {
    const { instanceId } = this;
    const [first] = await this.pending();
    if (first) await this.rig.ports.bells.ring(0, { v: 1, instanceId, commandId: first.commandId });
    await expect.poll(async () => (await this.pending()).length).toBe(0);
  }

  /** Events of the type, newest first. */
  async told(type: string): Promise<RecordedEvent[]> {
    return (await this.rig.ports.events.latest(this.account.tenantId, 100)).filter((event) => event.type === type);
  }
}
