import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, quiet, type Rig, startRig, until } from './signal-rig.ts';

const MESSAGES = 60;

describe('two tenants and one contact in one process', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.stop());

  it('lose nothing under traffic both ways, with bundles fetched anew in between', async () => {
    const contact = rig.sandbox.phone('15550500009');
    const jid = '15550500009@s.whatsapp.net';
    const numbers = ['15550500001', '15550500002', '15550500003'];
    const clients = await Promise.all(numbers.map((number) => new Client(rig).pair(number)));
    await quiet(rig.store);
    const expected = clients.map(() => new Set<string>());
    await Promise.all(
      clients.flatMap((client, index) => [
        (async () => {
          for (let n = 0; n < MESSAGES; n++) {
            if (n % 20 === 10) await client.sock.assertSessions([jid], true);
            await client.send(jid, `out ${index} ${n}`, `OUT-${index}-${n}`);
          }
        })(),
        (async () => {
          for (let n = 0; n < MESSAGES; n++)
            expected[index]!.add(await contact.send(numbers[index]!, `in ${index} ${n}`));
        })(),
      ]),
    );
    const arrived = (index: number) => new Set(clients[index]!.received.map((message) => message.key.id ?? ''));
    await until(
      () =>
        clients.every((_, index) => [...expected[index]!].every((id) => arrived(index).has(id))) &&
        clients.every((_, index) => contact.inbox.find(`OUT-${index}-${MESSAGES - 1}`)),
      'all messages',
      60_000,
    );
    for (const [index, client] of clients.entries()) {
      for (let n = 0; n < MESSAGES; n++)
        expect(contact.inbox.find(`OUT-${index}-${n}`)?.text).toBe(`out ${index} ${n}`);
      expect(client.stubs).toBe(0);
      expect(client.durable.stats.failedDecrypts).toBe(0);
      expect(client.vault.dead).toBeNull();
    }
    expect(contact.status()).toMatchObject({ decryptErrors: [], retryRequests: 0, duplicates: 0 });
    await Promise.all(clients.map((client) => client.end()));
  });
});
