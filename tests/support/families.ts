import type { EventData, EventName } from '../../lib/core/catalogue/events.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import {
  type Answer,
  type ApiClient,
  createKey,
  freshNumber,
  type LinkedInstance,
  linkInstance,
  register,
} from './client.ts';
import { adaptersOf, eventsOf } from './event-log.ts';
import type { TestGateway } from './gateway.ts';

/** An instance with a key of some permissions, for operations under `/api/instances/:name/…`. */
export interface FamilyInstance extends LinkedInstance {
  lid: string;
  /** Resolves with the data of the first event of the type that is liked, as soon as it is recorded. */
  told<N extends EventName>(type: N, likes?: (data: EventData<N>) => boolean): Promise<EventData<N>>;
  call(method: string, path: string, body?: object): Promise<Answer>;
  /** The `data` of an answer that went well. @throws Error with the answer when it did not */
  ok(method: string, path: string, body?: object): Promise<Answer['body']['data']>;
}

export function sandboxOf(gateway: TestGateway): Sandbox {
  const { sandbox } = gateway.gateway;
  if (!sandbox) throw new Error('The gateway runs without its sandbox.');
  return sandbox;
}

/** A linked instance of an account of its own. */
export async function familyInstance(
  gateway: TestGateway,
  permissions: string[],
  phone = freshNumber(),
): Promise<FamilyInstance> {
  const linked = await linkInstance(await register(gateway.url), 'mine', phone);
  const key: ApiClient = await createKey(linked.user, linked.name, permissions);
  const instanceId = (await linked.user.must('GET', `/api/instances/${linked.name}`)).body.data.id as string;
  const told = async <N extends EventName>(type: N, likes: (data: EventData<N>) => boolean = () => true) => {
    const adapters = adaptersOf(gateway.dataDir);
    try {
      const found = await until(async () => {
        const { events } = await eventsOf(adapters, instanceId);
        return events.find((event) => event.type === type && likes(event.data as EventData<N>));
      });
      return found.data as EventData<N>;
    } finally {
      adapters.close();
    }
  };
  const at = (path: string) => `/api/instances/${linked.name}${path}`;
  return {
    ...linked,
    key,
    told,
    lid: sandboxOf(gateway).phone(phone).lid.split('@')[0] as string,
    call: (method, path, body) => key.call(method, at(path), body),
    ok: async (method, path, body) => (await key.must(method, at(path), body)).body.data,
  };
}

/** Waits until it is so, looking every 20 ms. @throws Error after 45 s */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const endMs = performance.now() + 45_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > endMs) throw new Error('it did not happen in time');
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
