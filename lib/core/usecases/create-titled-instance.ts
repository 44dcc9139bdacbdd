import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { randomBase62 } from '../model/ids.ts';
import type { Environment, Instance } from '../model/instance.ts';
import type { WebhookFormat } from '../model/webhook.ts';
import type { Ports } from '../ports/index.ts';
import {
  type CreateInstanceInput,
  type CreateInstancePorts,
  createInstance,
  type SettingsInput,
} from './create-instance.ts';
import { createWebhook } from './create-webhook.ts';
import { webhookUrl } from './webhook-access.ts';

const MAX_TRIES = 5;
const MAX_NAME_LENGTH = 48;

export interface CreateTitledInstanceInput {
  /** In any words. */
  title: string;
  /** Exactly this; absent: one is made of the title. */
  name?: string | undefined;
  environment?: Environment | undefined;
  settings?: SettingsInput | undefined;
  shards?: CreateInstanceInput['shards'];
  /** Where its events go, in the shape of a face; null: nowhere. */
  webhook: { url: string; format: WebhookFormat; events: readonly string[] } | null;
}

/**
 * An instance of the faces that call theirs anything: `My First Instance` is named `my-first-instance`, with something
 * added where that name is taken; a name that is given is taken as it is. `secret` is its webhook's, shown here only.
 * @throws GatewayError as `createInstance` and `createWebhook`
 */
export async function createTitledInstance(
  ports: CreateInstancePorts & Pick<Ports, 'webhooks' | 'seal'>,
  principal: Principal,
  { title, name, environment, settings, shards, webhook }: CreateTitledInstanceInput,
): Promise<{ instance: Instance; secret: string | undefined }> {
  // An address that is refused makes no instance.
  if (webhook) webhookUrl(ports, webhook.url);
  const fields = { title, environment, settings, shards };
  const made =
    name === undefined
      ? createUnderFreeName(ports, principal, fields)
      : createInstance(ports, principal, { ...fields, name });
  if (!webhook) return { instance: await made, secret: undefined };
  const [instance, { secret }] = await Promise.all([
    made,
    createWebhook(ports, principal, { ...webhook, instance: made }),
  ]);
  return { instance, secret };
}

async function createUnderFreeName(
  ports: Parameters<typeof createInstance>[0],
  principal: Principal,
  input: Pick<CreateTitledInstanceInput, 'title' | 'environment' | 'settings' | 'shards'>,
): Promise<Instance> {
  const name = nameOfTitle(input.title);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const free = attempt === 1 && name !== '' ? name : `${name || 'instance'}-${randomBase62(5).toLowerCase()}`;
      return await createInstance(ports, principal, { ...input, name: free });
    } catch (error) {
      const isTaken = error instanceof GatewayError && error.code === 'RESOURCE_ALREADY_EXISTS';
      if (!isTaken || attempt === MAX_TRIES) throw error;
    }
  }
}

/** `Büro No. 1` → `buro-no-1`; empty when nothing of it can be in a name. */
export function nameOfTitle(title: string): string {
  return title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_NAME_LENGTH)
    .replace(/^-+|-+$/g, '');
}
