import { createHmac } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, it } from 'vitest';
import { isWebhookSecret, newWebhookSecret, signatureHeaders } from '../../lib/core/model/webhook-signature.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = '{"event":"message","text":"Ünïcödé 🎉"}';
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Headers of a call made now, or some seconds away from it. */
function signed(secrets: string[], awaySeconds = 0, text = body): Record<string, string> {
  return signatureHeaders(secrets, { id: 'evt_1', timestampMs: (nowSeconds() + awaySeconds) * 1000, body: text });
}

describe('signatures', () => {
  it('are those of the vector of Standard Webhooks', () => {
    const call = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampMs: 1_614_265_330_000,
      body: '{"test": 2432232314}',
    };
    expect(signatureHeaders([SECRET], call)).toMatchObject({
      'webhook-id': call.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it.each([
    [
      'standardwebhooks',
      (secret: string, text: string, headers: Record<string, string>) =>
        new StandardWebhook(secret).verify(text, headers),
    ],
    [
      'svix',
      (secret: string, text: string, headers: Record<string, string>) => new SvixWebhook(secret).verify(text, headers),
    ],
  ])('are verified by %s', (_name, verifies) => {
    const secret = newWebhookSecret();
    const verify = (text: string, headers: Record<string, string>) => verifies(secret, text, headers);
    expect(verify(body, signed([secret]))).toEqual(JSON.parse(body));
    expect(verify('{}', signed([secret], 0, '{}'))).toEqual({});
    expect(() => verify(`${body} `, signed([secret]))).toThrow();
    expect(() => verify(body, signed([newWebhookSecret()]))).toThrow();
    expect(() => verify(body, { ...signed([secret]), 'webhook-id': 'evt_2' })).toThrow();
    expect(() => verify(body, signed([secret], -301))).toThrow();
    expect(() => verify(body, signed([secret], 302))).toThrow();
    expect(verify(body, signed([secret], -290))).toBeTruthy();
  });

  it('are two during a rotation: receivers with either secret accept them', () => {
    const [fresh, old] = [newWebhookSecret(), newWebhookSecret()];
    const headers = signed([fresh, old]);
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [fresh, old]) expect(new StandardWebhook(secret).verify(body, headers)).toBeTruthy();
  });

  it('take a secret without the prefix as it is', () => {
    const headers = signed(['webhook_secret_key_123']);
    const receiver = new StandardWebhook('webhook_secret_key_123', { format: 'raw' });
    expect(receiver.verify(body, headers)).toBeTruthy();
  });

  it('carry the HMAC of the body as document A shows it, under the newest secret', () => {
    const expected = createHmac('sha256', 'webhook_secret_key_123').update(body).digest('hex');
    const headers = signed(['webhook_secret_key_123', SECRET]);
    expect(headers['x-webhook-signature']).toBe(`sha256=${expected}`);
  });
});

describe('secrets', () => {
  it('are 32 random bytes', () => {
    const [one, other] = [newWebhookSecret(), newWebhookSecret()];
    expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(one).not.toBe(other);
  });

  it.each([
    [SECRET, true],
    ['webhook_secret_key_123', true],
    ['whsec_', false],
    ['whsec_short', false],
    ['whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!', false],
    [`whsec_${Buffer.alloc(23).toString('base64')}`, false],
    [`whsec_${Buffer.alloc(24).toString('base64')}`, true],
    [`whsec_${Buffer.alloc(64).toString('base64')}`, true],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, false],
  ])('%s: %s', (secret, good) => {
    expect(isWebhookSecret(secret)).toBe(good);
  });
});
