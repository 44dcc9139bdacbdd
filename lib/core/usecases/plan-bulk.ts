import type { MessageBody } from '../catalogue/message-types.ts';
import { GatewayError, notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import {
  type BulkPacing,
  type BulkRecipient,
  instanceFor,
  MAX_ALL_VARIABLES_BYTES,
  MAX_BULK_MESSAGE_BYTES,
} from '../model/bulk.ts';
import type { Instance } from '../model/instance.ts';
import type { Template } from '../model/template.ts';
import type { Ports } from '../ports/index.ts';
import { mayReach, requirePermission, requireReach } from './access.ts';
import { draftOf, faulty, inputFor, type MessageDraft } from './message-draft.ts';
import { type LineFault, type RecipientEntry, readCsv, readList } from './read-recipients.ts';
import { judgedTime } from './schedule-time.ts';
import { placeFiles, removeFiles } from './send-media.ts';

export interface BulkRequest {
  title?: string | undefined;
  message?: MessageBody | undefined;
  template?: string | undefined;
  recipients?: readonly RecipientEntry[] | undefined;
  /** Text, or a data URL. */
  csv?: string | undefined;
  /** Of everybody. */
  variables?: Record<string, string | number | boolean> | undefined;
  /** Names; the instance of the request is one of them, also where it is not named. */
  instances?: readonly string[] | undefined;
  pacing?: { perSecond?: number | undefined; perMinute?: number | undefined } & Partial<BulkPacing>;
  sendAt?: string | undefined;
  skipUnregistered?: boolean | undefined;
  skipInvalid?: boolean | undefined;
}

export interface BulkPlan {
  draft: MessageDraft;
  template: string | null;
  instances: Instance[];
  /** Those whose message is good. */
  recipients: BulkRecipient[];
  /** Of what was given, good or not. */
  total: number;
  faults: LineFault[];
  pacing: BulkPacing;
  startAtMs: number;
  /** Files that were stored for it. */
  stored: string[];
}

export type PlanPorts = Pick<Ports, 'instances' | 'templates' | 'media' | 'policy' | 'clock'>;

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * Judges a bulk: everything that can be wrong with it but the state of its instances. Files of the message are in their
 * places then; whoever does not go on with the plan removes them by `removeFiles`.
 * @param template as begun to be read by the name in the request
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for what concerns the whole; RESOURCE_NOT_FOUND for a template
 *   or an instance that is not there, or not the caller's
 */
export async function planBulk(
  ports: PlanPorts,
  principal: Principal,
  { instance: home, request, template }: PlanInput,
): Promise<BulkPlan> {
  requirePermission(principal, 'message:send');
  if (request.skipUnregistered) requirePermission(principal, 'contact:check');
  requireReach(principal, home);
  const message = messageOf(request, template && (await template));
  const draft = draftOf(message);
  const shared = request.variables ?? {};
  if ((request.recipients === undefined) === (request.csv === undefined)) {
    throw faulty([{ path: 'recipients', message: 'give recipients or csv' }]);
  }
  const given =
    request.csv === undefined ? readList(request.recipients ?? [], shared) : await readCsv(request.csv, shared);
  const instances = await instancesOf(ports, principal, home, request.instances);
  const { input, stored } = await placeFiles(ports, home.id, draft.operation, draft.input);
  try {
    const placed = { ...draft, input };
    const faults = [...given.faults];
    const recipients: BulkRecipient[] = [];
    for (const { line, to, variables } of given.recipients) {
      const result = inputFor(placed, { to, variables }, ports.policy.outbound);
      if ('faults' in result) faults.push(...result.faults.map((fault) => ({ line, ...fault })));
      else recipients.push({ line, to, variables, instanceId: instanceFor(to, instances).id });
    }
    faults.sort((a, b) => a.line - b.line);
    const pacing = pacingOf(request.pacing);
    const nowMs = ports.clock();
    const startAtMs = request.sendAt === undefined ? nowMs : judgedTime(request.sendAt, input, nowMs);
    requireBounds(placed, recipients, instances, { pacing, startAtMs, nowMs });
    const { total } = given;
    return {
      ...{ draft: placed, template: request.template ?? null, instances, recipients, total, faults },
      ...{ pacing, startAtMs, stored },
    };
  } catch (error) {
    await removeFiles(ports, home.id, stored);
    throw error;
  }
}

export interface PlanInput {
  /** Of the request; the bulk belongs to it. */
  instance: Instance;
  request: BulkRequest;
  template: Promise<Template | undefined> | undefined;
}

function messageOf({ message, template: name }: BulkRequest, template: Template | undefined): MessageBody {
  if ((message === undefined) === (name === undefined)) {
    throw faulty([{ path: 'message', message: 'give a message or a template' }]);
  }
  if (message !== undefined) return message;
  if (!template) throw notFound('template');
  return template.message as MessageBody;
}

/** All of them within the caller's reach, of one environment. One round trip, and none for the home instance alone. */
async function instancesOf(
  ports: Pick<Ports, 'instances'>,
  principal: Principal,
  home: Instance,
  names: readonly string[] | undefined,
): Promise<Instance[]> {
  const wanted = new Set((names ?? []).map((name) => name.toLowerCase()));
  wanted.delete(home.name.toLowerCase());
  if (wanted.size === 0) return [home];
  const others = (await ports.instances.list(home.tenantId)).filter(
    (one) => wanted.has(one.name.toLowerCase()) && mayReach(principal, one),
  );
  if (others.length < wanted.size) throw notFound('instance');
  if (others.some(({ environment }) => environment !== home.environment)) {
    throw faulty([{ path: 'instances', message: 'must be of one environment' }]);
  }
  return [home, ...others];
}

function pacingOf({
  perSecond,
  perMinute,
  minDelayMs,
  maxDelayMs,
}: NonNullable<BulkRequest['pacing']> = {}): BulkPacing {
  const kinds = [perSecond, perMinute, minDelayMs ?? maxDelayMs].filter((kind) => kind !== undefined);
  if (kinds.length > 1) throw faulty([{ path: 'pacing', message: 'give perSecond, perMinute or delays' }]);
  const every = perSecond ? SECOND_MS / perSecond : perMinute ? MINUTE_MS / perMinute : 0;
  const least = minDelayMs ?? every;
  const most = maxDelayMs ?? least;
  if (most < least) throw faulty([{ path: 'pacing.maxDelayMs', message: 'must not be less than minDelayMs' }]);
  return { minDelayMs: least, maxDelayMs: most };
}

function requireBounds(
  { input }: MessageDraft,
  recipients: readonly BulkRecipient[],
  instances: readonly Instance[],
  { pacing, startAtMs, nowMs }: { pacing: BulkPacing; startAtMs: number; nowMs: number },
): void {
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  if (bytes(input) > MAX_BULK_MESSAGE_BYTES) throw faulty([{ path: 'message', message: 'is too large for a bulk' }]);
  if (bytes(recipients) > MAX_ALL_VARIABLES_BYTES) {
    throw faulty([{ path: 'recipients', message: `their variables are more than ${MAX_ALL_VARIABLES_BYTES} bytes` }]);
  }
  const { media, items = [] } = input as { media?: { id?: string }; items?: { media?: { id?: string } }[] };
  if (![media, ...items.map((item) => item.media)].some((file) => file?.id !== undefined)) return;
  if (instances.length > 1) {
    throw faulty([{ path: 'message', message: 'a file that is kept here is of one instance; give it by https URL' }]);
  }
  const lastAtMs = startAtMs + recipients.length * pacing.maxDelayMs;
  try {
    judgedTime(new Date(Math.max(lastAtMs, nowMs + 1)).toISOString(), input, nowMs);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw faulty([{ path: 'pacing', message: 'a file that is kept here is gone before the last message' }]);
  }
}
