import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import type { EventData, EventName } from '../../lib/core/catalogue/events.ts';
import type { RecordedEvent } from '../../lib/core/ports/events.ts';
import { type Answer, freshNumber, type LinkedInstance, linkInstance, register } from './client.ts';
import { adaptersOf, eventTold } from './event-log.ts';
import { TestGateway } from './gateway.ts';
import type { Person, SeenMessage } from './person.ts';

/** A linked instance of a gateway, and for each test somebody new whom it writes to. */
export interface Conversation {
  readonly gateway: TestGateway;
  readonly instance: LinkedInstance;
  readonly instanceId: string;
  readonly contact: Person;
  post(path: string, body: object): Promise<Answer>;
  /** To the contact; it must be SENT. Returns its id. */
  send(path: string, body: object): Promise<string>;
  /** What the contact's phone shows of a message. */
  shown(messageId: string): Promise<SeenMessage>;
  /** What the contact's phone shows next of a type. */
  next(type: string): Promise<SeenMessage>;
  /** What the contact writes, as the gateway has stored it. Returns its id. */
  receives(text: string): Promise<string>;
  told<N extends EventName>(
    type: N,
    likes: (data: EventData<N>) => boolean,
  ): Promise<RecordedEvent & { data: EventData<N> }>;
  /** Of the gateway; everybody goes on with the new one. */
  restart(): Promise<void>;
}

/** Starts the gateway before the first test of the file, and ends it after the last one. */
export function useConversation(): Conversation {
  let gateway: TestGateway;
  let instance: LinkedInstance;
  let contact: Person;
  let adapters: Adapters;
  let instanceId: string;
  beforeAll(async () => {
    gateway = await TestGateway.start();
    instance = await linkInstance(await register(gateway.url));
    adapters = adaptersOf(gateway.dataDir);
    instanceId = (await instance.user.must('GET', `/api/instances/${instance.name}`)).body.data.id as string;
  });
  afterAll(async () => {
    adapters?.close();
    await gateway?.stop();
  });
  beforeEach(() => {
    contact = gateway.person(freshNumber());
  });
  const post = (path: string, body: object) => instance.key.post(`/api/messages/${path}`, body);
  return {
    get gateway() {
      return gateway;
    },
    get instance() {
      return instance;
    },
    get instanceId() {
      return instanceId;
    },
    get contact() {
      return contact;
    },
    post,
    async send(path, body) {
      const answer = await post(path, { to: contact.number, ...body });
      expect([answer.status, answer.body.data?.status, answer.body.message]).toEqual([201, 'SENT', undefined]);
      return answer.body.data.messageId as string;
    },
    async shown(messageId) {
      const [message] = await contact.sees(({ id }) => id === messageId.slice(4));
      return message as SeenMessage;
    },
    async next(type) {
      const [message] = await contact.sees((each) => each.type === type);
      return message as SeenMessage;
    },
    async receives(text) {
      const id = `msg_${await contact.writes(instance.phone, text)}`;
      await instance.key.until(`/api/messages/${id}`, ({ status }) => status === 200);
      return id;
    },
    async restart() {
      adapters.close();
      await gateway.restart();
      adapters = adaptersOf(gateway.dataDir);
      Object.assign(instance, { key: instance.key.at(gateway.url), user: instance.user.at(gateway.url) });
      contact = gateway.person(contact.number);
    },
    told: (type, likes) => eventTold(adapters, instanceId, type, likes),
  };
}
