import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { type BulkRecipient, PAGE_SIZE, placeOf } from '../model/bulk.ts';
import { bulkCommandId, whatsappMessageId } from '../model/ids.ts';
import { type Message, messageStatus } from '../model/message.ts';
import type { BulkWithLanes, Ports } from '../ports/index.ts';
import { type BulkInput, findBulk, readBulk } from './bulk-access.ts';

export type RecipientStatus =
  | 'PENDING'
  | 'SKIPPED'
  | 'QUEUED'
  | 'SENT'
  | 'DELIVERED'
  | 'READ'
  | 'FAILED'
  | 'UNKNOWN'
  | 'CANCELLED';

/** What became of one recipient. */
export interface BulkResult {
  line: number;
  /** JID. */
  to: string;
  instanceName: string;
  status: RecipientStatus;
  /** WhatsApp's; null while there is none. */
  messageId: string | null;
  error: { code: string; message: string } | null;
  sentAtMs: number | null;
  deliveredAtMs: number | null;
  readAtMs: number | null;
}

type ResultPorts = Pick<Ports, 'bulks' | 'instances' | 'messages'>;
type Pages = Map<number, BulkRecipient[]>;

/** What can be read before the instance is known to be the caller's: only of the instance that a key is bound to. */
export interface BegunResults {
  found: Promise<BulkWithLanes | undefined>;
  pages: Promise<Pages>;
}

/** Recipients from place `from` on, at most `limit`. */
export interface ResultRange {
  from: number;
  limit: number;
}

export function beginResults(ports: ResultPorts, homeId: string, bulkId: string, range: ResultRange): BegunResults {
  const [first, last] = [Math.floor(range.from / PAGE_SIZE), Math.floor((range.from + range.limit - 1) / PAGE_SIZE)];
  const wanted = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const found = readBulk(ports, homeId, bulkId);
  const pages = ports.bulks.pages(homeId, bulkId, wanted);
  // Whoever needs it waits for it; until then its failure is nobody's.
  for (const begun of [found, pages]) begun.catch(() => undefined);
  return { found, pages };
}

/**
 * What became of the recipients, in their order; of those whose message was accepted, as that message stands now.
 * `next`: the place to go on from, null at the end.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND
 */
export async function listBulkResults(
  ports: ResultPorts,
  principal: Principal,
  { range, ...which }: BulkInput & { range: ResultRange },
  begun: BegunResults = beginResults(ports, which.instance.id, which.bulkId, range),
): Promise<{ items: BulkResult[]; next: number | null; total: number }> {
  const found = await findBulk(ports, principal, which, 'message:read', begun.found);
  const { total } = found.bulk;
  const to = Math.min(range.from + range.limit, total);
  const recipients = recipientsOf(await begun.pages, range.from, to);
  const accepted = recipients.flatMap((one) => idOf(found, one) ?? []);
  const messages = await ports.messages.getSent(accepted);
  return { items: recipients.map((one) => resultOf(found, one, messages)), next: to < total ? to : null, total };
}

interface Placed extends BulkRecipient {
  index: number;
}

function recipientsOf(pages: Pages, from: number, to: number): Placed[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i).flatMap((index) => {
    const one = pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE];
    return one ? { ...one, index } : [];
  });
}

/** Where the message of a recipient is, once there is one. */
function idOf({ bulk, lanes }: BulkWithLanes, { instanceId, index }: Placed) {
  const lane = lanes.find((one) => one.instanceId === instanceId);
  if (!lane || placeOf(lane, index) !== 'ACCEPTED') return undefined;
  const commandId = bulkCommandId(bulk.id, bulk.startAtMs, index);
  return { instanceId, messageId: whatsappMessageId(bulk.tenantId, instanceId, commandId) };
}

const ENDS = {
  PENDING: { status: 'PENDING', error: null },
  SKIPPED: { status: 'SKIPPED', error: { code: 'INVALID_PHONE_NUMBER', message: 'The number has no WhatsApp.' } },
  INVALID: { status: 'FAILED', error: { code: 'VALIDATION_ERROR', message: 'The message is not valid any more.' } },
  GONE: { status: 'FAILED', error: { code: 'RESOURCE_NOT_FOUND', message: 'The instance is gone.' } },
  CANCELLED: { status: 'CANCELLED', error: null },
} as const;

function resultOf(found: BulkWithLanes, one: Placed, messages: Map<string, Message>): BulkResult {
  const lane = found.lanes.find(({ instanceId }) => instanceId === one.instanceId);
  if (!lane) throw new GatewayError('INTERNAL_ERROR', `The bulk ${found.bulk.id} lacks a lane.`);
  const { line, to } = one;
  const base = { line, to, instanceName: lane.instanceName };
  const never = { sentAtMs: null, deliveredAtMs: null, readAtMs: null };
  const place = placeOf(lane, one.index);
  if (place !== 'ACCEPTED') return { ...base, messageId: null, ...ENDS[place], ...never };
  const messageId = idOf(found, one)?.messageId ?? null;
  const message = messageId === null ? undefined : messages.get(messageId);
  if (!message) return { ...base, messageId, ...ENDS.GONE, ...never };
  const { sentAtMs, deliveredAtMs, readAtMs } = message;
  const status = messageStatus(message) as RecipientStatus;
  const error = status === 'FAILED' || status === 'UNKNOWN' ? message.error : null;
  return { ...base, messageId, status, error, sentAtMs, deliveredAtMs, readAtMs };
}
