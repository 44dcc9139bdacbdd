import { expect } from 'vitest';
import type { InstanceState } from '../../lib/core/model/instance.ts';
import { type Account, type Answer, type ApiRig, ISO, LINKED } from './api-rig.ts';

/** A recipient as document C writes it. */
export const JID = '6281234567890@s.whatsapp.net';

/** What the face answers when WhatsApp has taken a message. */
export const sent = (message: string, to: unknown = JID) => ({
  success: true,
  data: { messageId: expect.stringMatching(/^msg_3EB0[0-9A-F]{18}$/), to, status: 'sent', timestamp: ISO },
  message,
});

/** A client of document C: an account with one linked instance and an account-wide key in `X-API-Key`. */
export class GatewayClient {
  readonly rig: ApiRig;
  readonly account: Account;
  readonly instanceId: string;
  readonly key: string;

  private constructor(parts: Pick<GatewayClient, 'rig' | 'account' | 'instanceId' | 'key'>) {
    this.rig = parts.rig;
    this.account = parts.account;
    this.instanceId = parts.instanceId;
    this.key = parts.key;
  }

  static async start(rig: ApiRig, state: Partial<InstanceState> = LINKED): Promise<GatewayClient> {
    const account = await rig.register();
    const { status, body } = await rig.call(
      'POST',
      '/api/auth/generate-key',
      { name: 'My API Key' },
      { as: account.token },
    );
    expect(status).toBe(201);
    const instanceId = await rig.instance(account, 'my-instance', state);
    return new GatewayClient({ rig, account, instanceId, key: body.data.apiKey });
  }

  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.rig.call(method, path, body, { headers: { 'x-api-key': this.key, ...headers } });
  }

  /** What the command of the last call was given. */
  lastInput(): unknown {
    return this.rig.runner.seen.at(-1)?.input;
  }
}
