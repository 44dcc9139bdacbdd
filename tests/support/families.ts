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
import type { TestGateway } from './gateway.ts';

/** An instance with a key of some permissions, for operations under `/api/instances/:name/…`. */
export interface FamilyInstance extends LinkedInstance {
  lid: string;
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
  const at = (path: string) => `/api/instances/${linked.name}${path}`;
  return {
    ...linked,
    key,
    lid: sandboxOf(gateway).phone(phone).lid.split('@')[0] as string,
    call: (method, path, body) => key.call(method, at(path), body),
    ok: async (method, path, body) => (await key.must(method, at(path), body)).body.data,
  };
}

/** Waits until it is so, looking every 20 ms. @throws Error after 20 s */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const endMs = performance.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > endMs) throw new Error('it did not happen in time');
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
