/** What the API answers, taken from the schemas that every answer of its tests is checked against. */
import type * as z from 'zod';
import type * as responses from '../../../functions/dialects/native/responses.ts';
import type * as bulks from '../../../functions/dialects/native/responses-bulk.ts';
import type * as chats from '../../../functions/dialects/native/responses-chats.ts';
import type * as messages from '../../../functions/dialects/native/responses-messages.ts';
import type * as stats from '../../../functions/dialects/native/responses-stats.ts';
import type * as webhooks from '../../../functions/dialects/native/responses-webhooks.ts';

/** The `data` of answers by the names of their schemas: `Of<typeof responses.user>`. */
export type Of<T extends z.ZodType> = z.output<T>;

export type { bulks, chats, messages, responses, stats, webhooks };

export type User = Of<typeof responses.user>;
export type Subscription = Of<typeof responses.subscription>;
export type SignedIn = Of<typeof responses.signedIn>;
export type Tokens = Of<typeof responses.tokens>;
export type Instance = Of<typeof responses.instance>;
export type InstanceStatus = Instance['status'];
export type InstanceSettings = Instance['settings'];
export type InstanceConnection = Of<typeof responses.instanceStatus>;
export type AccountHealth = InstanceConnection['account'];
export type QrCode = Of<typeof responses.qrCode>;
export type PairingCode = Of<typeof responses.pairingCode>;
export type ApiKey = Of<typeof responses.apiKey>;
export type NewApiKey = Of<typeof responses.newApiKey>;
export type Message = Of<typeof messages.storedMessage>;
export type MessageDetail = Of<typeof messages.messageDetail>;
export type MessageStatus = Message['status'];
export type Chat = Of<typeof chats.chat>;
export type Contact = Of<typeof responses.contact>;
export type AuditEntry = Of<typeof responses.auditEntry>;
export type Stats = Of<typeof stats.stats>;
export type InstanceHealth = Of<typeof stats.instanceHealth>;
export type Dashboard = Of<typeof stats.dashboard>;
export type Webhook = Of<typeof webhooks.webhook>;
export type NewWebhook = Of<typeof webhooks.newWebhook>;
export type WebhookTest = Of<typeof webhooks.testResult>;
export type WebhookStats = Of<typeof webhooks.webhookStats>;
export type Delivery = Of<typeof webhooks.delivery>;
export type Attempt = Delivery['attempts'][number];
export type Bulk = Of<typeof bulks.bulk>;
export type BulkPreview = Of<typeof bulks.bulkPreview>;
export type BulkResult = Of<typeof bulks.bulkResult>;
export type Template = Of<typeof bulks.template>;
export type ScheduledMessage = Of<typeof messages.scheduledMessage>;

/** What `meta.pagination` of a list says: of pages by number, or of pages by cursor. */
export interface Pagination {
  page?: number;
  per_page: number;
  total?: number;
  total_pages?: number;
  next_cursor?: string | null;
  has_more?: boolean;
}
