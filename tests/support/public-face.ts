import { expect } from 'vitest';
import type { WebhookLoop } from '../../functions/webhooks/loop.ts';
import { type Account, type Answer, ApiRig, LINKED } from './api-rig.ts';
import { startStubWebhooks } from './webhooks.ts';

export const V1 = '/api/public/v1';
const ALL_SCOPES = [
  ...['messages:send', 'messages:read', 'devices:read', 'devices:manage', 'contacts:read', 'contacts:write'],
  'webhooks:manage',
];

type MadeKey = { id: string; key: string } & Record<string, unknown>;

/** An API rig with a live instance (shop) and a test one (lab), and keys of document D for both environments. */
export class PublicFace {
  readonly rig: ApiRig;
  readonly account: Account;
  readonly webhooks: WebhookLoop;
  /** Ids of the two. */
  live = '';
  sandbox = '';
  liveKey = '';
  testKey = '';

  private constructor(rig: ApiRig, account: Account) {
    this.rig = rig;
    this.account = account;
    this.webhooks = startStubWebhooks(rig);
  }

  static async start(): Promise<PublicFace> {
    const rig = await ApiRig.start();
    // The rig has no sandbox; that an instance is one of it is all that counts here.
    const testNetwork = {} as never;
    Object.assign(rig.ports, { testNetwork });
    const face = new PublicFace(rig, await rig.register());
    const { account } = face;
    face.live = await rig.instance(account, 'shop', LINKED);
    const made = await rig.call('POST', '/api/instances', { name: 'lab', environment: 'test' }, { as: account.token });
    face.sandbox = made.body.data.id;
    await rig.runner.setState(account.tenantId, face.sandbox, { ...LINKED, phone: '6281234567891' });
    face.liveKey = (await face.makeKey({})).key;
    face.testKey = (await face.makeKey({ environment: 'test' })).key;
    return face;
  }

  async stop(): Promise<void> {
    await this.webhooks.stop();
    await this.rig.stop();
  }

  async makeKey(body: object, who = this.account): Promise<MadeKey> {
    const asked = { name: 'k', scopes: ALL_SCOPES, ...body };
    const made = await this.rig.call('POST', '/api/v1/api-keys', asked, { as: who.token });
    expect(made.status).toBe(201);
    return made.body.data;
  }

  call(method: string, path: string, body?: unknown, as = this.liveKey): Promise<Answer> {
    return this.rig.call(method, path, body, { as });
  }

  asUser(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.rig.call(method, path, body, { as: this.account.token });
  }

  send(body: object = {}, as = this.liveKey): Promise<Answer> {
    const message = { phone_number: '+94771234567', message: 'Hello from my app!', ...body };
    return this.call('POST', `${V1}/messages/send`, message, as);
  }
}
