import { slots } from '../../lib/core/model/slots.ts';
import { type ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from './client.ts';
import { Person } from './person.ts';

/** Instances that one subscription may have. */
const PER_USER = 5;
/** Phones that link at a time: more would only wait for each other. */
const LINKING = 6;

/** A message that somebody asked the gateway to send, in the order of asking. */
export interface Sent {
  text: string;
  key: string;
  /** Undefined until there was an answer. */
  messageId: string | undefined;
}

/** One instance, whom it writes to, and who writes to it. */
export interface Talk {
  instance: LinkedInstance;
  instanceId: string;
  contact: Person;
  writer: Person;
  sent: Sent[];
  /** WhatsApp ids of what the writer has written, in order. */
  written: string[];
}

/** Linked test instances, each with a contact and a writer of its own. */
export async function startTalks(url: string, sandboxUrl: string, count: number): Promise<Talk[]> {
  const groups = Math.ceil(count / PER_USER);
  const users: ApiClient[] = [];
  for (let n = 0; n < groups; n += 1) users.push(await register(url));
  const linking = slots(LINKING);
  const talks = await Promise.all(
    users.map(async (user, group) => {
      const release = await linking();
      const mine: Talk[] = [];
      for (let n = group * PER_USER; n < Math.min(count, (group + 1) * PER_USER); n += 1) {
        const instance = await linkInstance(user, `talk-${n}`);
        const { id } = (await user.must('GET', `/api/instances/${instance.name}`)).body.data;
        const [contact, writer] = [new Person(sandboxUrl, freshNumber()), new Person(sandboxUrl, freshNumber())];
        mine.push({ instance, instanceId: id as string, contact, writer, sent: [], written: [] });
      }
      release();
      return mine;
    }),
  );
  return talks.flat();
}

/** Messages in both directions, of every talk, until it is stopped. */
export class Traffic {
  readonly talks: readonly Talk[];
  #stopped = false;
  readonly #running: Promise<void>[];

  /** @param everyMs between two messages of a talk in one direction */
  constructor(talks: readonly Talk[], everyMs: number) {
    this.talks = talks;
    this.#running = talks.flatMap((talk, n) => [
      this.#repeat(everyMs, (everyMs / talks.length) * n, () => askToSend(talk)),
      this.#repeat(everyMs, (everyMs / talks.length) * (n + 0.5), () => write(talk)),
    ]);
  }

  /** Resolves when the last call has its answer. @throws what a call failed with */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #repeat(everyMs: number, firstMs: number, work: () => Promise<unknown>): Promise<void> {
    await new Promise((wake) => setTimeout(wake, firstMs));
    while (!this.#stopped) {
      const startMs = performance.now();
      await work();
      const leftMs = everyMs - (performance.now() - startMs);
      if (leftMs > 0) await new Promise((wake) => setTimeout(wake, leftMs));
    }
  }
}

/** Accepted at once; what becomes of it is looked at later. */
export async function askToSend(talk: Talk): Promise<Sent> {
  const number = talk.sent.length + 1;
  const sent: Sent = { text: `out ${number}`, key: `k-${talk.instanceId}-${number}`, messageId: undefined };
  talk.sent.push(sent);
  await ask(talk, sent);
  return sent;
}

async function ask(talk: Talk, sent: Sent): Promise<void> {
  const headers = { 'idempotency-key': sent.key, prefer: 'respond-async' };
  const body = { to: talk.contact.number, text: sent.text };
  const answer = await talk.instance.key.post('/api/messages/text', body, headers);
  if (answer.status >= 400) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  sent.messageId = answer.body.data.messageId as string;
}

/** The writer of the talk writes. */
export async function write(talk: Talk): Promise<void> {
  talk.written.push(await talk.writer.writes(talk.instance.phone, `in ${talk.written.length + 1}`));
}

/** A caller that got no answer asks again with the same Idempotency-Key. */
export async function repeatUnanswered(talk: Talk): Promise<void> {
  for (const sent of talk.sent) if (!sent.messageId) await ask(talk, sent);
}
