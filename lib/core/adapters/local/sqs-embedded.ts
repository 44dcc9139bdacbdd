import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';

/**
 * The parts of fauxqs 2.4.1 that this stands on. They are not in its exports, so the version is pinned exactly.
 */
interface Persistence {
  db: {
    exec(sql: string): void;
    prepare(sql: string): { run(...values: (string | number | null)[]): unknown };
  };
  updateMessageReady(messageId: string): void;
  loadSqsAndSns(sqsStore: QueueStore, snsStore: object): void;
  close(): void;
}

interface QueueStore {
  host: string;
  persistence?: Persistence;
  allQueues(): Iterable<{ persistence?: Persistence }>;
}

/** A queue of fauxqs, as far as long polls go. */
interface PolledQueue {
  pollWaiters: { timer: NodeJS.Timeout }[];
  waitForMessages(waitTimeSeconds: number): Promise<void>;
}

interface FauxqsApp {
  server: { address(): { port: number } };
  addHook(name: 'preHandler', hook: (request: object, reply: { raw: ServerResponse }, done: () => void) => void): void;
  addHook(
    name: 'onRequest',
    hook: (
      request: { method: string; url: string; headers: Record<string, string | undefined> },
      reply: { code(status: number): { send(body: string): unknown } },
      done: () => void,
    ) => void,
  ): void;
  addHook(name: 'preClose', hook: () => void): void;
  listen(options: { port: number; host: string }): Promise<string>;
  close(): Promise<void>;
}

/** What SQS takes in no message: by characters, where the stock pattern goes by halves of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const NOT_IN_A_MESSAGE = /[^\x09\x0A\x0D\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

export interface EmbeddedSqs {
  endpoint: string;
  stop(): Promise<void>;
}

/**
 * SQS and SNS in this process, on a random loopback port, with its data in `dataDir`; what was acknowledged survives a kill of
 * the process. Six things differ from stock fauxqs:
 *
 *   it listens on loopback only, and refuses what a browser sends   stock: all interfaces, any request
 *   queue URLs are those of this run                                stock: unresolvable names, ports of old runs
 *   ChangeMessageVisibility(0) keeps the receive count              stock: breaks a constraint, loses the message
 *   emoji may be in a message, as in SQS                            stock: InvalidMessageContents
 *   a write is durable against a crash of the process               stock: one fsync more for each
 *   a poller that went away gets nothing                            stock: the next message, until it is visible again
 */
export async function startEmbeddedSqs(dataDir: string): Promise<EmbeddedSqs> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const base = import.meta.resolve('fauxqs');
  const part = (path: string) => import(new URL(path, base).href);
  const [{ buildApp }, { SqsQueue, SqsStore }, { SnsStore }, { S3Store }, { PersistenceManager }] = await Promise.all(
    ['./app.js', './sqs/sqsStore.js', './sns/snsStore.js', './s3/s3Store.js', './persistence.js'].map(part),
  );
  const { INVALID_MESSAGE_BODY_CHAR }: { INVALID_MESSAGE_BODY_CHAR: RegExp } = await part('./sqs/sqsTypes.js');
  INVALID_MESSAGE_BODY_CHAR.test = (body) => NOT_IN_A_MESSAGE.test(body);
  const sqsStore: QueueStore = new SqsStore();
  const snsStore: object & { persistence?: Persistence } = new SnsStore();
  // Without a host name it builds queue URLs from the request's own address.
  sqsStore.host = '';

  const persistence: Persistence = new PersistenceManager(dataDir);
  persistence.db.exec('PRAGMA synchronous = NORMAL');
  const makeReady = persistence.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => {
    makeReady.run(messageId);
  };

  endPollsWithTheirCaller(SqsQueue.prototype);

  const app: FauxqsApp = buildApp({ logger: false, stores: { sqsStore, snsStore, s3Store: new S3Store() } });
  app.addHook('onRequest', (request, reply, done) => {
    const { 'x-amz-target': sqsAction, authorization = '', origin, ...headers } = request.headers;
    // SNS speaks in forms, which any web page may send; only a program sends a signature with them.
    const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
    const isSigned = authorization.startsWith('AWS4-HMAC-SHA256 ');
    const isKnown = request.method === 'POST' && request.url === '/' && (sqsAction || (isForm && isSigned));
    if (!isKnown || origin !== undefined) reply.code(403).send('');
    else done();
  });
  app.addHook('preHandler', (_request, reply, done) => answering.run(reply.raw, done));
  app.addHook('preClose', () => persistence.close());
  try {
    await app.listen({ port: 0, host: '127.0.0.1' });
    const endpoint = `http://127.0.0.1:${app.server.address().port}`;
    persistence.db.prepare("UPDATE sqs_queues SET url = ? || '/000000000000/' || name").run(endpoint);
    // Loaded before the stores persist by themselves: their INSERT OR REPLACE of a queue would cascade to its messages.
    persistence.loadSqsAndSns(sqsStore, snsStore);
    sqsStore.persistence = persistence;
    snsStore.persistence = persistence;
    for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
    return { endpoint, stop: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** The answer that is being made. */
const answering = new AsyncLocalStorage<ServerResponse>();
const mended = new WeakSet<object>();

/** A waiter whose caller has gone would take a message and tell nobody. */
function endPollsWithTheirCaller(queues: PolledQueue): void {
  if (mended.has(queues)) return;
  mended.add(queues);
  const stock = queues.waitForMessages;
  queues.waitForMessages = function (waitTimeSeconds) {
    const waited = stock.call(this, waitTimeSeconds);
    const waiter = this.pollWaiters.at(-1);
    answering.getStore()?.once('close', () => {
      const place = waiter ? this.pollWaiters.indexOf(waiter) : -1;
      if (place < 0) return;
      clearTimeout(waiter?.timer);
      this.pollWaiters.splice(place, 1);
    });
    return waited;
  };
}
