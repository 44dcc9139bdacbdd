import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SpawnedEntry } from '../bin/spawn.ts';
import { freshNumber, linkInstance, register } from '../tests/support/client.ts';
import { Person } from '../tests/support/person.ts';
import { paced, percentile, report } from './figures.ts';

const PER_SECOND = 20;
const EVENTS = 400;
/** Deliveries of the sustained run: this many events to this many endpoints. */
const REPLAYED = 400;
const FAST_ENDPOINTS = 5;

interface Call {
  path: string;
  /** When the message was seen by the runner, and when its webhook came in; ms since epoch. */
  seenAtMs: number;
  atMs: number;
}

/** An endpoint that answers at once, and one (`/hang`) that never does. */
async function startReceiver() {
  const calls: Call[] = [];
  let changed = () => {};
  const server = createServer((request, response) => {
    const atMs = Date.now();
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { timestamp } = JSON.parse(Buffer.concat(parts).toString('utf8'));
      calls.push({ path: request.url as string, seenAtMs: Date.parse(timestamp), atMs });
      changed();
      if (request.url !== '/hang') response.end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    base,
    calls,
    async until(accept: () => boolean): Promise<void> {
      while (!accept()) {
        await new Promise<void>((wake) => {
          changed = wake;
        });
      }
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Webhooks of `npm start` in a process of its own, to a receiver in this one. */
export async function measureWebhooks(gateway: SpawnedEntry, sandbox: SpawnedEntry): Promise<void> {
  console.log(
    `\nWebhooks (${PER_SECOND} events/s for ${EVENTS / PER_SECOND} s; then ${REPLAYED} × ${FAST_ENDPOINTS} at once)`,
  );
  const receiver = await startReceiver();
  const user = await register(gateway.url);
  const instance = await linkInstance(user, 'webhooks');
  const writer = new Person(sandbox.url, freshNumber());
  const create = async (path: string): Promise<string> => {
    const body = { url: `${receiver.base}${path}`, events: ['message.received'] };
    return (await user.must('POST', '/api/webhooks', body)).body.data.id;
  };
  const ids = [await create('/fast')];
  const of = (path: string) => receiver.calls.filter((call) => call.path === path);
  const run = async (count: number): Promise<number[]> => {
    const before = of('/fast').length;
    await paced(count, 1000 / PER_SECOND, (index) => writer.writes(instance.phone, `n ${index}`));
    await receiver.until(() => of('/fast').length >= before + count);
    return of('/fast')
      .slice(before)
      .map(({ seenAtMs, atMs }) => atMs - seenAtMs);
  };
  await run(40);
  const alone = await run(EVENTS);
  report('event seen → first attempt, p50', `${percentile(alone, 0.5).toFixed(0)} ms`, 'bar: 50 ms');
  report('event seen → first attempt, p99', `${percentile(alone, 0.99).toFixed(0)} ms`, 'bar: 500 ms');

  const hanging = await create('/hang');
  const beside = await run(EVENTS);
  report('the same beside an endpoint that hangs, p50', `${percentile(beside, 0.5).toFixed(0)} ms`, 'as without it');
  report('the same beside an endpoint that hangs, p99', `${percentile(beside, 0.99).toFixed(0)} ms`, 'as without it');
  await user.must('DELETE', `/api/webhooks/${hanging}`);

  while (ids.length < FAST_ENDPOINTS) ids.push(await create(`/fast-${ids.length}`));
  await user.must('DELETE', `/api/webhooks/${ids[0]}/deliveries`);
  const known = receiver.calls.length;
  await paced(REPLAYED, 10, (index) => writer.writes(instance.phone, `m ${index}`));
  await receiver.until(() => receiver.calls.length >= known + REPLAYED * FAST_ENDPOINTS);
  const from = new Date(Date.now() - 600_000).toISOString();
  const [again, startMs] = [receiver.calls.length, performance.now()];
  await Promise.all(ids.map((id) => user.must('POST', `/api/webhooks/${id}/replay`, { from })));
  await receiver.until(() => receiver.calls.length >= again + REPLAYED * FAST_ENDPOINTS);
  const perSecond = (REPLAYED * FAST_ENDPOINTS) / ((performance.now() - startMs) / 1000);
  report(`deliveries/s, replay to ${FAST_ENDPOINTS} fast endpoints`, perSecond.toFixed(0), 'bar: 200');
  receiver.close();
}
