import * as z from 'zod';
import { PERMISSIONS } from '../../../lib/core/model/account.ts';
import { AUDIT_ACTIONS } from '../../../lib/core/model/audit.ts';
import { INSTANCE_STATUSES, NEW_CHAT_CAPS } from '../../../lib/core/model/instance.ts';

/**
 * What answers hold in `data`, named as the API document names it. The views make these; every answer of the tests is
 * checked against them.
 */
export const isoTime = z.iso.datetime({ offset: true }).meta({ examples: ['2024-01-01T10:00:00.000Z'] });
const text = (example: string) => z.string().meta({ examples: [example] });
const id = (prefix: string) => text(`${prefix}_5pXc7GmVJm0pYF2aQbTzRk`);
const token = text('eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl');
const count = z.number().int().min(0);

export const user = z
  .object({
    id: id('user'),
    email: text('john@company.com'),
    username: text('john').optional(),
    name: text('John Doe'),
    role: z.enum(['ADMINISTRATOR', 'USER']),
    subscriptionId: id('sub'),
    mustChangePassword: z.boolean().meta({ examples: [false] }),
    createdAt: isoTime,
  })
  .meta({ id: 'User' });

export const newUser = user
  .extend({ temporaryPassword: text('kX7-mQ2-vT9').optional().meta({ description: 'Shown in this answer only' }) })
  .meta({ id: 'NewUser' });

export const subscription = z
  .object({
    id: id('sub'),
    name: text("John Doe's Subscription"),
    tier: z.enum(['BASIC', 'PRO', 'MAX']),
    maxInstances: count.meta({ examples: [5] }),
    currentInstances: count.meta({ examples: [2] }),
  })
  .meta({ id: 'Subscription' });

export const tokens = z
  .object({
    token: token.meta({ description: 'Access token: `Authorization: Bearer`' }),
    tokenExpiresAt: isoTime,
    refreshToken: text('rt_2VfUX7cRZk0Hq8mB9sWnY1dTgJ4pLaEo').meta({ description: 'Works once' }),
    refreshTokenExpiresAt: isoTime,
  })
  .meta({ id: 'Tokens' });

export const message = text('Done').meta({ description: 'For people' });

export const signedIn = z
  .object({ ...tokens.shape, user, subscription, mustChangePassword: z.boolean().meta({ examples: [false] }) })
  .meta({ id: 'SignedIn' });

const status = z.enum(INSTANCE_STATUSES).meta({ id: 'InstanceStatus', examples: ['CONNECTED'] });
const plusPhone = text('+6281234567890').nullable();

const room = {
  maxInstances: count.meta({ examples: [5] }),
  currentInstances: count.meta({ examples: [2] }),
  remaining: count.meta({ examples: [3] }),
};

export const subscriptionLimits = z.object({ tier: subscription.shape.tier, ...room });

export const subscriptionUsage = z.object({
  tier: subscription.shape.tier,
  limits: z.object(room),
  instances: z.array(z.object({ name: text('customer-service'), owner: text('John Doe').nullable(), status })),
});

export const settings = z
  .object({
    autoReconnect: z.boolean().meta({ examples: [true] }),
    messageDelay: count.meta({ description: 'Least time between two sends, in ms', examples: [0] }),
    pacing: z
      .boolean()
      .nullable()
      .meta({
        description: 'Answers after 1 to 3 s, new chats spaced; null: on the real network only',
        examples: [null],
      }),
    newChatDelay: count.meta({ description: 'Least time between two new chats, in ms', examples: [30_000] }),
    markOnline: z.boolean().meta({ examples: [false] }),
    rejectCalls: z.boolean().meta({ examples: [false] }),
    rejectCallsReply: z
      .string()
      .nullable()
      .meta({ description: 'What a caller who was rejected is written', examples: [null] }),
    readReceipts: z.boolean().meta({ examples: [true] }),
    mediaDownload: z.boolean().meta({ description: 'Fetch received files as they come', examples: [true] }),
    mediaMaxBytes: z
      .number()
      .int()
      .meta({ description: 'Larger ones only on demand', examples: [16_777_216] }),
    proxy: z
      .string()
      .nullable()
      .meta({ description: 'The password in it is hidden', examples: [null] }),
  })
  .meta({ id: 'InstanceSettings' });

export const instance = z
  .object({
    id: id('inst'),
    name: text('customer-service'),
    environment: z.enum(['live', 'test']),
    status,
    phone: plusPhone,
    displayName: text('Customer Service').nullable(),
    lastConnectedAt: isoTime.nullable(),
    settings,
    createdAt: isoTime,
    createdById: id('user'),
  })
  .meta({ id: 'Instance' });

/** Limits that WhatsApp has put on the account. */
export const accountHealth = z
  .object({
    mayBeginChats: z.boolean().meta({ description: 'Answers go in any case', examples: [true] }),
    timeLock: z
      .object({ type: text('DEFAULT'), until: isoTime.nullable() })
      .nullable()
      .meta({ description: 'While it is set WhatsApp takes no messages to new chats', examples: [null] }),
    newChats: z
      .object({
        status: z.enum(NEW_CHAT_CAPS),
        used: count.nullable(),
        quota: count.nullable(),
        cycleEndsAt: isoTime.nullable(),
      })
      .nullable()
      .meta({
        description: 'How much of the new chats that WhatsApp allows is used; null: no warning',
        examples: [null],
      }),
    refusedAt: isoTime.nullable().meta({ description: 'When a new chat was last refused (463)', examples: [null] }),
  })
  .meta({ id: 'AccountHealth' });

export const instanceStatus = z
  .object({
    name: text('customer-service'),
    environment: z.enum(['live', 'test']),
    status,
    phone: plusPhone,
    displayName: text('Customer Service').nullable(),
    lastConnectedAt: isoTime.nullable(),
    connectionAttempts: count.meta({ description: 'Since the last success', examples: [0] }),
    nextRetry: isoTime.nullable().meta({ examples: [null] }),
    lastError: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    lastErrorAt: isoTime.nullable().meta({ examples: [null] }),
    uptime: text('99.2%').nullable().meta({ description: 'Of the last 30 days; null until measured' }),
    qrCodeExpiry: isoTime.nullable().meta({ examples: [null] }),
    account: accountHealth,
  })
  .meta({ id: 'InstanceConnection' });

export const qrCode = z.object({
  qrCode: text('data:image/png;base64,iVBORw0KGgo=').meta({ description: 'A PNG as data URL' }),
  qr: text('2@AbCd,EfGh,IjKl,MnOp').meta({ description: 'What the QR code says' }),
  expiresAt: isoTime,
  status: z.literal('WAITING_FOR_SCAN'),
});

export const pairingCode = z.object({
  pairingCode: text('ABCD1234'),
  phone: text('6281234567890'),
  expiresAt: isoTime,
  status: z.literal('WAITING_FOR_SCAN'),
});

/** The short form that tells what became of an instance. */
export const instanceAction = z.object({
  message,
  instance: z.object({ name: text('customer-service'), status, qrCode: qrCode.shape.qrCode.optional() }),
});

const permissions = z.array(z.enum(PERMISSIONS)).meta({ examples: [['message:send', 'message:read']] });

export const apiKey = z
  .object({
    id: id('key'),
    name: text('Production Key'),
    hint: text('cs_1a2b3'),
    permissions,
    rateLimit: count.meta({ description: 'Requests per hour', examples: [1000] }),
    ipAllowList: z.array(z.string()).meta({
      description: 'CIDR ranges it may be used from; none: from anywhere',
      examples: [['203.0.113.0/24']],
    }),
    createdAt: isoTime,
    createdById: id('user'),
    expiresAt: isoTime.nullable().meta({ examples: [null] }),
    revokedAt: isoTime.nullable().meta({ examples: [null] }),
    lastUsedAt: isoTime.nullable().meta({ description: 'Exact to a minute', examples: [null] }),
    previous: z
      .object({ hint: text('cs_9z8y7'), validUntil: isoTime })
      .nullable()
      .meta({ description: 'The secret before the last rotation', examples: [null] }),
    rotation: z
      .object({
        everyDays: z.number().int(),
        overlapHours: z.number().int(),
        dueAt: isoTime,
        secretValidUntil: isoTime,
      })
      .optional()
      .meta({ description: 'Where its secret must be replaced every so often' }),
  })
  .meta({ id: 'ApiKey' });

export const newApiKey = apiKey
  .extend({ key: text('cs_1a2b3c4d5e6f7g8h9i0j').meta({ description: 'Shown in this answer only' }) })
  .meta({ id: 'NewApiKey' });

const quota = z.object({
  limit: count.meta({ description: 'Requests per hour', examples: [1000] }),
  used: count.meta({ examples: [456] }),
  remaining: count.meta({ examples: [544] }),
  resetAt: isoTime.meta({ description: 'When the quota is whole again' }),
});

export const keyLimits = z.object({
  rateLimit: quota.meta({ description: 'Sending and everything else that is no reading' }),
  reads: quota,
  subscription: z.object({
    tier: subscription.shape.tier,
    instancesUsed: count.meta({ examples: [2] }),
    instancesLimit: count.meta({ examples: [5] }),
    monthlyMessages: count.meta({ description: 'Sent in this calendar month (UTC)', examples: [4567] }),
  }),
});

export const keyInfo = z.object({
  instance: instanceStatus,
  apiKey: z.object({
    name: text('Production API Key'),
    permissions,
    rateLimit: count.meta({ examples: [1000] }),
    usageCount: count.meta({ examples: [456] }),
    resetAt: isoTime,
  }),
});

const messageId = text('msg_3EB0C767D71D8A2B5F3E19');
const digits = text('6281234567890');

export const sentMessage = z
  .object({
    messageId,
    to: digits,
    status: z.enum(['SENT', 'QUEUED', 'UNKNOWN', 'SCHEDULED', 'CANCELLED']),
    timestamp: isoTime,
    sendAt: isoTime.optional().meta({ description: 'Of what waits for its moment' }),
    isAutoReply: z.literal(true).optional(),
  })
  .meta({ id: 'SentMessage' });

export const contact = z
  .object({
    jid: text('6281234567890@s.whatsapp.net'),
    phone: digits.nullable(),
    lid: text('83116928594000').nullable(),
    name: text('John Customer').nullable(),
    pushName: text('John').nullable().meta({ description: 'The name that they gave themselves' }),
    blocked: z.boolean().meta({ description: 'As last set through this gateway', examples: [false] }),
  })
  .meta({ id: 'Contact' });

const named = (kind: readonly [string, ...string[]], prefix: string) =>
  z.object({ kind: z.enum(kind), id: id(prefix), name: text('John Doe') });
const fields = z.record(z.string(), z.unknown()).nullable();

export const auditEntry = z
  .object({
    id: id('aud'),
    action: z.enum(AUDIT_ACTIONS).meta({ examples: ['CREATE_INSTANCE'] }),
    timestamp: isoTime,
    actor: named(['user', 'key', 'operator'], 'user'),
    target: named(['user', 'subscription', 'instance', 'key', 'webhook', 'template'], 'inst'),
    address: text('203.0.113.7').nullable(),
    userAgent: text('Mozilla/5.0').nullable(),
    before: fields.meta({ description: 'Without secrets', examples: [null] }),
    after: fields.meta({ description: 'Without secrets', examples: [{ name: 'customer-service' }] }),
  })
  .meta({ id: 'AuditEntry' });
