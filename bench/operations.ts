import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SpawnedEntry } from '../bin/spawn.ts';
import { PERMISSIONS } from '../lib/core/model/account.ts';
import { type ApiClient, createKey, freshNumber, linkInstance, register } from '../tests/support/client.ts';
import { Person } from '../tests/support/person.ts';
import { png } from '../tests/support/sample-files.ts';
import { percentile, processTree, report } from './figures.ts';

const ROUNDS = 20;
const IMAGES = 10;
const DOCUMENTS = 10;
const MIB = 1_048_576;
const IMAGE_BYTES = 10 * MIB;
const DOCUMENT_BYTES = 100 * MIB;
const PIECE = Buffer.alloc(64 * 1024);

const ms = (value: number) => `${value.toFixed(1)} ms`;
const mb = (value: number) => `${value.toFixed(1)} MB`;
const load = () => loadavg()[0]?.toFixed(1);

/** Operations without files one by one, pictures by URL to the phone of who gets them, documents that stream at once. */
export async function measureOperations(gateway: SpawnedEntry, sandbox: SpawnedEntry): Promise<void> {
  const { user, name } = await linkInstance(await register(gateway.url), 'operations');
  const key = await createKey(user, name, [...PERMISSIONS]);
  const picture = png(IMAGE_BYTES);
  const files = await serveFiles(picture);
  const origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  try {
    await measureEach(key, `/api/instances/${name}`, gateway);
    await measureImages(key, `${origin}/picture.png`, picture, sandbox);
    const senders = [key];
    while (senders.length < DOCUMENTS) senders.push(await linked(gateway, senders.length));
    await measureDocuments(senders, `${origin}/document.pdf`, gateway);
  } finally {
    files.closeAllConnections();
    files.close();
  }
}

async function linked(gateway: SpawnedEntry, n: number): Promise<ApiClient> {
  return (await linkInstance(await register(gateway.url), `documents-${n}`)).key;
}

async function measureEach(key: ApiClient, at: string, gateway: SpawnedEntry): Promise<void> {
  console.log(`\nOperations without files, p50 / p99 (${ROUNDS} rounds, one after the other; load ${load()})`);
  const to = freshNumber();
  const { messageId } = (await key.must('POST', '/api/messages/text', { to, text: 'first' })).body.data;
  const group = { subject: 'Bench', participants: [to] };
  const { groupId } = (await key.must('POST', `${at}/groups`, group)).body.data.group;
  const post = (path: string, body: object) => () => key.must('POST', path, body);
  const put = (path: string, body: (turn: number) => object) => (turn: number) => key.must('PUT', path, body(turn));
  const operations: Record<string, (turn: number) => Promise<unknown>> = {
    'message.sendText': post('/api/messages/text', { to, text: 'x' }),
    'message.sendLocation': post('/api/messages/location', { to, latitude: 1, longitude: 2 }),
    'message.sendPoll': post('/api/messages/poll', { to, question: 'Tea?', options: ['yes', 'no'] }),
    'message.sendList': post('/api/messages/list', { to, text: 'x', sections: [{ rows: [{ id: 'a', title: 'A' }] }] }),
    'message.react': post(`/api/messages/${messageId}/reaction`, { emoji: '👍' }),
    'message.edit': (turn) => key.must('PATCH', `/api/messages/${messageId}`, { text: `n ${turn}` }),
    'message.star': post(`/api/messages/${messageId}/star`, { star: true }),
    'group.sendText': post(`${at}/groups/${groupId}/messages`, { text: 'x' }),
    'group.setSubject': put(`${at}/groups/${groupId}/subject`, (turn) => ({ subject: `n ${turn}` })),
    'group.get': () => key.must('GET', `${at}/groups/${groupId}`),
    'status.sendText': post(`${at}/status/text`, { text: 'x', audience: [to] }),
    'profile.setAbout': put(`${at}/profile/about`, (turn) => ({ about: `n ${turn}` })),
    'contact.check': post('/api/contacts/check', { numbers: [to] }),
  };
  const all = { acks: [] as number[], answers: [] as number[] };
  for (const [operation, run] of Object.entries(operations)) {
    await run(0);
    const answers: number[] = [];
    for (let turn = 1; turn <= ROUNDS; turn += 1) answers.push(await timed(() => run(turn)));
    const acks = await acksOf(gateway, operation);
    all.acks.push(...acks);
    all.answers.push(...answers);
    report(`    ${operation}`, spread(acks), `request to answer: ${spread(answers)}`);
  }
  report('accept to ack', spread(all.acks), 'bar of p50: 40 ms');
  report('request to answer', spread(all.answers));
}

const spread = (samples: readonly number[]) =>
  `${percentile(samples, 0.5).toFixed(1)} / ${percentile(samples, 0.99).toFixed(1)} ms`;

/** From acceptance to WhatsApp's answer, of the last rounds of an operation, as the gateway's log says. */
async function acksOf(gateway: SpawnedEntry, operation: string): Promise<number[]> {
  for (;;) {
    const lines = gateway
      .output()
      .split('\n')
      .filter((line) => line.includes('command finished'));
    const ends = lines.map((line) => JSON.parse(line) as { operation: string; sinceAcceptMs: number });
    const own = ends.filter((end) => end.operation === operation).map(({ sinceAcceptMs }) => sinceAcceptMs);
    // The first one is not counted; lines come a little after the answers.
    if (own.length > ROUNDS) return own.slice(-ROUNDS);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

async function measureImages(key: ApiClient, url: string, picture: Buffer, sandbox: SpawnedEntry): Promise<void> {
  console.log(`\nA picture of 10 MB by URL, ${IMAGES} one after the other (load ${load()})`);
  const contact = freshNumber();
  const person = new Person(sandbox.url, contact);
  const [answered, shown]: [number[], number[]] = [[], []];
  const sha256 = createHash('sha256').update(picture).digest('hex');
  for (let turn = 0; turn < IMAGES; turn += 1) {
    const startMs = performance.now();
    const { messageId } = (await key.must('POST', '/api/messages/image', { to: contact, image: url })).body.data;
    answered.push(performance.now() - startMs);
    const [message] = await person.sees(({ id }) => `msg_${id}` === messageId);
    shown.push(performance.now() - startMs);
    if (message?.sha256 !== sha256) throw new Error('Another picture arrived.');
  }
  report('request to 201 SENT, p50', ms(percentile(answered, 0.5)));
  report('request to the phone that has decrypted it, p50', ms(percentile(shown, 0.5)), 'bar: 1500 ms');
  report('request to the phone that has decrypted it, slowest', ms(Math.max(...shown)));
}

/** An instance sends one thing after the other, so each document is another's. */
async function measureDocuments(senders: readonly ApiClient[], url: string, gateway: SpawnedEntry): Promise<void> {
  console.log(`\n${DOCUMENTS} documents of 100 MB at once, memory of the gateway's process (load ${load()})`);
  const rss = () => processTree(gateway.pid).find(({ pid }) => pid === gateway.pid)?.rssMb ?? Number.NaN;
  const contact = freshNumber();
  const document = { to: contact, document: url, filename: 'a.pdf', mimetype: 'application/pdf' };
  await Promise.all(senders.map((key) => key.must('POST', '/api/messages/text', { to: contact, text: 'first' })));
  await senders[0]?.must('POST', '/api/messages/document', document);
  const before = rss();
  const samples: number[] = [];
  const sampler = setInterval(() => samples.push(rss()), 100);
  const startMs = performance.now();
  try {
    const send = async (key: ApiClient) => {
      const { messageId } = (await key.must('POST', '/api/messages/document', document)).body.data;
      const path = `/api/messages/${messageId}/status`;
      const { body } = await key.until(path, (answer) => answer.body.data.status !== 'QUEUED', 600_000);
      return body.data.status as string;
    };
    const statuses = await Promise.all(senders.map(send));
    if (statuses.includes('FAILED')) throw new Error(`Not all were sent: ${statuses}`);
  } finally {
    clearInterval(sampler);
  }
  report('all sent', `${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  report('RSS before (one was sent)', mb(before));
  report('RSS at most', mb(Math.max(...samples)));
  report('RSS, median while they stream', mb(percentile(samples, 0.5)));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** The picture, and under any other path a document of zeros that is made while it is read. */
async function serveFiles(picture: Buffer): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/picture')) return void response.end(picture);
    response.writeHead(200, { 'content-type': 'application/pdf', 'content-length': DOCUMENT_BYTES });
    pipeline(Readable.from(pieces()), response).catch(() => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function* pieces(): Generator<Buffer> {
  const head = Buffer.from('%PDF-1.4');
  yield head;
  for (let left = DOCUMENT_BYTES - head.length; left > 0; left -= PIECE.length) {
    yield PIECE.subarray(0, Math.min(left, PIECE.length));
  }
}
