import type { SpawnedEntry } from '../bin/spawn.ts';
import { type ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../tests/support/client.ts';
import { cpuMs, report } from './figures.ts';

const MESSAGES = 1_000;
const INSTANCES = 10;
/** The free subscription has five instances: two bulks of half of it each, at the same time. */
const PER_ACCOUNT = 5;
/** Receipts without decrypting: the sandbox's phones are not what is measured. */
const RECIPIENT = '9009';

interface Half {
  user: ApiClient;
  instances: LinkedInstance[];
}

/** One thousand texts at zero pacing over ten linked instances, from the first request to the last ack. */
export async function measureBulk(gateway: SpawnedEntry): Promise<void> {
  console.log(`\nBulk (${MESSAGES} texts, no pacing, ${INSTANCES} instances)`);
  const halves: Half[] = [];
  for (let half = 0; half < INSTANCES / PER_ACCOUNT; half += 1) {
    const user = await register(gateway.url);
    const instances: LinkedInstance[] = [];
    for (let i = 0; i < PER_ACCOUNT; i += 1) instances.push(await linkInstance(user, `bulk-${half}-${i}`));
    halves.push({ user, instances });
  }
  const share = MESSAGES / halves.length;
  // Once through first: sessions with everybody, and warm code.
  const people = halves.map(() => Array.from({ length: share }, () => freshNumber(RECIPIENT)));
  const run = () => Promise.all(halves.map((half, i) => sendAll(half, people[i] as string[])));
  const cold = await run();
  const before = cpuMs(gateway.pid);
  const warm = await run();
  const cpuPerMessageMs = (cpuMs(gateway.pid) - before) / MESSAGES;
  const rate = (spans: readonly Span[]) => {
    const from = Math.min(...spans.map(({ fromMs }) => fromMs));
    return MESSAGES / ((Math.max(...spans.map(({ toMs }) => toMs)) - from) / 1_000);
  };
  report('accepting half of it', `${Math.max(...warm.map(({ acceptMs }) => acceptMs)).toFixed(0)} ms`);
  report('to people never written to before', `${rate(cold).toFixed(0)} msg/s`);
  report('to people written to before', `${rate(warm).toFixed(0)} msg/s`, 'bar: 100 msg/s');
  report('processor time of the gateway, per message', `${cpuPerMessageMs.toFixed(1)} ms`, 'of two cores: 20 ms');
}

interface Span {
  acceptMs: number;
  fromMs: number;
  toMs: number;
}

/** From the request to the last ack, as the messages themselves say. */
async function sendAll({ user, instances }: Half, people: readonly string[]): Promise<Span> {
  const [first] = instances as [LinkedInstance];
  const path = `/api/instances/${first.name}/bulk`;
  const fromMs = Date.now();
  const { body } = await user.must('POST', path, {
    message: { type: 'text', text: 'Hello {{name}}' },
    recipients: people.map((to, i) => ({ to, variables: { name: `Person ${i}` } })),
    instances: instances.map(({ name }) => name),
  });
  const acceptMs = Date.now() - fromMs;
  const { bulkId } = body.data;
  // Looked at rarely: asking costs what is measured.
  for (;;) {
    await new Promise((wake) => setTimeout(wake, 1_000));
    const { counts, status } = (await user.must('GET', `${path}/${bulkId}`)).body.data;
    if (status !== 'COMPLETED') continue;
    if (counts.sent !== people.length) throw new Error(`a bulk ended with ${JSON.stringify(counts)}`);
    break;
  }
  let toMs = 0;
  for (let cursor = 0; cursor < people.length; cursor += 100) {
    const { results } = (await user.must('GET', `${path}/${bulkId}/results?per_page=100&cursor=${cursor}`)).body.data;
    for (const { sentAt } of results) toMs = Math.max(toMs, Date.parse(sentAt));
  }
  return { acceptMs, fromMs, toMs };
}
