import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LiveServerOptions } from '../../functions/live/server.ts';
import { PLAIN_CONTENT } from '../../lib/core/catalogue/message-events.ts';
import { type Account, ApiRig, errorBody } from '../support/api-rig.ts';
import { colleague } from '../support/colleagues.ts';
import { LiveClient } from '../support/live-client.ts';
import { LiveDoor } from '../support/live-door.ts';

const MINUTE_MS = 60_000;

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

async function ticketOf(account: Pick<Account, 'token'>): Promise<string> {
  const { status, body } = await rig.call('POST', '/api/ws/ticket', {}, { as: account.token });
  expect(status).toBe(201);
  return body.data.ticket;
}

const refusal = (opening: Promise<LiveClient>) =>
  opening.then(
    () => 'opened',
    (error: Error) => error.message,
  );

describe('POST /api/ws/ticket', () => {
  it('answers with a ticket for a minute, another one each time', async () => {
    const account = await rig.register();
    const { body } = await rig.call('POST', '/api/ws/ticket', {}, { as: account.token });
    expect(body.data.ticket).toMatch(/^tkt_[0-9A-Za-z]{32}$/);
    expect(body.data.url).toBe(`/ws/dashboard?ticket=${body.data.ticket}`);
    const leftMs = Date.parse(body.data.expiresAt) - Date.now();
    expect(leftMs).toBeGreaterThan(50_000);
    expect(leftMs).toBeLessThanOrEqual(MINUTE_MS);
    expect(await ticketOf(account)).not.toBe(body.data.ticket);
  });

  it('is not for API keys', async () => {
    const account = await rig.register();
    await rig.instance(account, 'desk');
    const answer = await rig.call('POST', '/api/ws/ticket', {}, { as: (await rig.key(account, 'desk')).text });
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(errorBody('PERMISSION_DENIED'));
  });
});

describe('opening /ws/dashboard', () => {
  let door: LiveDoor;
  let account: Account;
  beforeAll(async () => {
    door = await LiveDoor.open(rig, { origins: ['https://dashboard.example.com'] });
    account = await rig.register();
  });
  afterAll(() => door.close());

  const forged = () => {
    const [head, body] = account.token.split('.') as [string, string];
    return `${head}.${body}.${createHmac('sha256', 'another secret').update(`${head}.${body}`).digest('base64url')}`;
  };

  it('works with a ticket, once', async () => {
    const ticket = await ticketOf(account);
    const client = await LiveClient.open(door.url, { ticket });
    expect(client.frames).toEqual([
      {
        ...{ event: 'connected', instanceName: null, data: { resumed: false } },
        ...{ timestamp: expect.any(String), cursor: expect.any(String) },
      },
    ]);
    expect(await refusal(LiveClient.open(door.url, { ticket }))).toMatch(/^401 .*AUTHENTICATION_ERROR/);
    await client.close();
  });

  it('works once when a ticket is used ten times at the same moment', async () => {
    const ticket = await ticketOf(account);
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => LiveClient.open(door.url, { ticket })));
    const opened = tries.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
    expect(opened).toHaveLength(1);
    await opened[0]?.close();
  });

  it('works with the access token: in the address, as a subprotocol, in the header', async () => {
    const { token } = account;
    const clients = await Promise.all([
      LiveClient.open(door.url, { token }),
      LiveClient.open(door.url, {}, { protocols: ['bearer', token] }),
      LiveClient.open(door.url, {}, { protocols: [token] }),
      LiveClient.open(door.url, {}, { headers: { authorization: `Bearer ${token}` } }),
    ]);
    expect(clients.map(({ socket }) => socket.protocol)).toEqual(['', 'bearer', token, '']);
    await Promise.all(clients.map((client) => client.close()));
  });

  it.each([
    ['nothing', () => ({})],
    ['a forged token', () => ({ token: forged() })],
    ['a token without a signature', () => ({ token: account.token.replace(/[^.]*$/, '') })],
    ['a refresh token', () => ({ token: account.refreshToken })],
    ['a ticket that never was', () => ({ ticket: `tkt_${'a'.repeat(32)}` })],
    ['a very long ticket', () => ({ ticket: 'a'.repeat(5_000) })],
    ['an empty ticket beside a good token', () => ({ ticket: '', token: account.token })],
  ])('is refused with %s', async (_what, query) => {
    expect(await refusal(LiveClient.open(door.url, query() as Record<string, string>))).toMatch(
      /^401 .*AUTHENTICATION_ERROR/,
    );
    await expect.poll(() => door.live.size).toBe(0);
  });

  it('is refused with a ticket that is older than a minute, and with a token after its end', async () => {
    const ticket = await ticketOf(account);
    await rig.later(MINUTE_MS, async () => {
      expect(await refusal(LiveClient.open(door.url, { ticket }))).toMatch(/^401/);
    });
    await rig.later(16 * MINUTE_MS, async () => {
      expect(await refusal(LiveClient.open(door.url, { token: account.token }))).toMatch(/^401/);
    });
  });

  it('is refused with a ticket from before everybody was logged out', async () => {
    const other = await rig.register();
    const ticket = await ticketOf(other);
    await rig.call('POST', '/api/auth/logout', {}, { as: other.token });
    expect(await refusal(LiveClient.open(door.url, { ticket }))).toMatch(/^401/);
  });

  it('is refused with an API key', async () => {
    await rig.instance(account, 'keyed');
    const { text } = await rig.key(account, 'keyed');
    expect(await refusal(LiveClient.open(door.url, { token: text }))).toMatch(/^403 .*PERMISSION_DENIED/);
  });

  it('is refused to a user who has yet to replace a temporary password', async () => {
    const { token } = await colleague(rig, account);
    expect(await refusal(LiveClient.open(door.url, { token }))).toMatch(/^403 .*PERMISSION_DENIED/);
  });

  it('is refused to a browser on a page of another origin, and works from those that are named', async () => {
    for (const origin of ['https://evil.example.com', 'null', door.url, 'https://dashboard.example.com.evil.org']) {
      const opening = LiveClient.open(door.url, { token: account.token }, { headers: { origin } });
      expect([origin, await refusal(opening)]).toEqual([origin, expect.stringMatching(/^403/)]);
    }
    const headers = { origin: 'https://dashboard.example.com' };
    const client = await LiveClient.open(door.url, { token: account.token }, { headers });
    await client.close();
  });

  it('is refused on another path', async () => {
    const opening = LiveClient.open(`${door.url}/elsewhere`, { token: account.token });
    expect(await refusal(opening)).toMatch(/^404 .*RESOURCE_NOT_FOUND/);
  });

  it('is refused to a user with twenty open ones', async () => {
    const other = await rig.register();
    const { token } = other;
    const clients = await Promise.all(Array.from({ length: 20 }, () => LiveClient.open(door.url, { token })));
    expect(await refusal(LiveClient.open(door.url, { token }))).toMatch(/^429 .*RATE_LIMIT_EXCEEDED/);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('leaves neither tickets nor tokens in a log', async () => {
    const ticket = await ticketOf(account);
    await refusal(LiveClient.open(door.url, { ticket: `${ticket}x`, token: account.token }));
    const logged = JSON.stringify(rig.logs);
    expect(logged).not.toContain(ticket);
    expect(logged).not.toContain(account.token);
  });
});

describe('a session', () => {
  let account: Account;
  let door: LiveDoor | undefined;
  beforeEach(async () => {
    account = await rig.register();
  });
  const opened = async (options: Partial<LiveServerOptions>) => {
    door = await LiveDoor.open(rig, options);
    return door;
  };

  it('lives as long as it answers pings, and is ended after two that it did not', async () => {
    const { url, live, close } = await opened({ heartbeatMs: 200 });
    const [alive, dead] = await Promise.all([
      LiveClient.open(url, { token: account.token }),
      LiveClient.open(url, { token: account.token }, { autoPong: false }),
    ]);
    let pings = 0;
    const fourPings = new Promise<void>((enough) => {
      alive.socket.on('ping', () => {
        pings += 1;
        if (pings === 4) enough();
      });
    });
    expect(await dead.closed).toBe(1006);
    await fourPings;
    expect(live.size).toBe(1);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
    await alive.close();
    await close();
  });

  it('answers a ping in JSON, which also counts as a sign of life', async () => {
    const { url, close } = await opened({ heartbeatMs: 60_000 });
    const client = await LiveClient.open(url, { token: account.token });
    for (const text of ['{"type":"ping"}', '{"action":"ping"}', 'not json', '{"type":"delete"}', 'null', '[1]']) {
      client.socket.send(text);
    }
    client.socket.send('{"type":"ping"}');
    await client.sees(({ event }) => event === 'pong', 3);
    expect(client.frames.map(({ event }) => event)).toEqual(['connected', 'pong', 'pong', 'pong']);
    await client.close();
    await close();
  });

  it('is ended with 1009 by a message that is too large', async () => {
    const { url, close } = await opened({});
    const client = await LiveClient.open(url, { token: account.token });
    client.socket.send('x'.repeat(5_000));
    expect(await client.closed).toBe(1009);
    await close();
  });

  it('is ended with 4401 when its user logs out everywhere', async () => {
    const { url, live, close } = await opened({ heartbeatMs: 200 });
    const client = await LiveClient.open(url, { token: account.token });
    await rig.call('POST', '/api/auth/logout', {}, { as: account.token });
    expect(await client.closed).toBe(4401);
    await expect.poll(() => live.size).toBe(0);
    await close();
  });

  it('is cut off when it does not read', async () => {
    const instanceId = await rig.instance(account, 'desk');
    const running = await opened({ maxUnreadBytes: 64 * 1024 });
    const slow = await LiveClient.open(running.url, { token: account.token });
    const quick = await LiveClient.open(running.url, { token: account.token });
    slow.socket.pause();
    const data = {
      ...{ messageId: 'msg_3EB0ABCDEF', chat: '1@s.whatsapp.net', from: { phone: '1', lid: null }, authorName: null },
      ...{ ...PLAIN_CONTENT, isGroup: false, type: 'text', text: 'x'.repeat(15_000), timestampMs: Date.now() },
    };
    const event = { type: 'message.received', instanceId, timestampMs: Date.now(), data, id: 'evt_1' } as const;
    const instance = await rig.adapters.instances.get(account.tenantId, instanceId);
    let seq = 0;
    while (running.live.size === 2) {
      seq += 1;
      expect(seq).toBeLessThan(5_000);
      const recorded = { ...event, seq, tenantId: account.tenantId };
      await running.live.subscriber.tell(recorded, { instance });
      await quick.sees(({ event }) => event === 'new_message_received', seq);
    }
    expect(rig.logs.at(-1)).toMatchObject({ level: 'warn', fields: { tenantId: account.tenantId } });
    expect(JSON.stringify(rig.logs.at(-1))).not.toContain('xxx');
    expect(quick.socket.readyState).toBe(quick.socket.OPEN);
    slow.socket.resume();
    expect(await slow.closed).toBe(1006);
    await quick.close();
    await running.close();
  });

  it('is ended with 1001 or the connection when the server stops', async () => {
    const { url, live, close } = await opened({});
    const client = await LiveClient.open(url, { token: account.token });
    await close();
    expect([1001, 1006]).toContain(await client.closed);
    expect(live.size).toBe(0);
  });
});
