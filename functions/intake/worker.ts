import type { IntakeReply } from '../../lib/core/catalogue/intake.ts';
import { type ErrorCode, GatewayError } from '../../lib/core/errors.ts';
import { type Command, isFinished } from '../../lib/core/model/command.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import type { IntakeDelivery, IntakeQueue, Ports } from '../../lib/core/ports/index.ts';
import { awaitCommand, errorOfCommand } from '../../lib/core/usecases/await-command.ts';
import { type SubmitIntakePorts, submitIntake } from '../../lib/core/usecases/submit-intake.ts';
import { excerptOf, keyHint, type ReadMessage, readMessage, sealedBody } from './message.ts';

export interface IntakePorts extends SubmitIntakePorts, Pick<Ports, 'seal'> {
  intake: IntakeQueue;
}

/** Deliveries of one message before it is a dead letter. */
export const MAX_RECEIVES = 5;
/** How long the end of a command is waited for, where somebody wants to hear of it. Shorter than messages are hidden. */
const WAIT_MS = 20_000;
const WAIT_STEP_MS = 1_000;
const MAX_DELAY_SECONDS = 900;

/** What another try may cure without anybody doing anything. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'RATE_LIMIT_EXCEEDED',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_ERROR',
]);

/**
 * Does what one delivery asks for, and takes the message off the queue when it is done with: accepted (and answered),
 * refused, or buried. `again`: it is delivered again, which does nothing twice. Never throws.
 *
 *   readable? ──no──► dead letter
 *   accepted? ──no──► reply `refused`, or a dead letter where nobody asked for replies
 *       │   └─ a failure of ours, or a quota: later again; the fifth time as refused, and a dead letter
 *   reply `accepted` ──► wait ──► reply `finished`, `failed` or `pending`
 *
 * @param signal ends the wait; the message is then left to its next delivery
 */
export async function takeDelivery(
  ports: IntakePorts,
  delivery: IntakeDelivery,
  signal?: AbortSignal,
): Promise<'done' | 'again'> {
  const { messageId, receipt } = delivery;
  try {
    const verdict = await take(ports, delivery, signal);
    if (verdict === 'done') await ports.intake.acknowledge(receipt);
    return verdict;
  } catch (error) {
    ports.log.error({ err: error, messageId }, 'a queue message could not be taken');
    return 'again';
  }
}

async function take(ports: IntakePorts, delivery: IntakeDelivery, signal?: AbortSignal): Promise<'done' | 'again'> {
  const { messageId, body } = delivery;
  let read: ReadMessage;
  try {
    read = readMessage(ports.seal, body, messageId);
  } catch (error) {
    const { code, message } = publicError(ports, messageId, error);
    await ports.intake.bury({ messageId, body: excerptOf(body), reason: code, detail: message, keyHint: undefined });
    ports.log.warn({ messageId, code }, 'a queue message cannot be read');
    return 'done';
  }
  const { replyTo } = read.message;
  const answerTo = replyTo === undefined ? undefined : await ports.intake.findReplyQueue(replyTo);
  const { idempotencyKey } = read;
  const reply = async (said: Told) => {
    if (answerTo === undefined) return;
    await ports.intake.reply(answerTo, { v: 1, requestId: messageId, idempotencyKey, ...said } as IntakeReply);
  };

  let command: Command;
  try {
    if (delivery.receiveCount > MAX_RECEIVES) throw new GatewayError('SERVICE_UNAVAILABLE', 'It was tried too often.');
    if (replyTo !== undefined && answerTo === undefined) throw noReplyQueue();
    ({ command } = await submitIntake(ports, read));
  } catch (error) {
    const refusal = publicError(ports, messageId, error);
    const isTransient = TRANSIENT.has(refusal.code);
    if (isTransient && delivery.receiveCount < MAX_RECEIVES) return later(ports, delivery, refusal.retryAfterSeconds);
    ports.log.warn({ messageId, operation: read.message.operation, code: refusal.code }, 'a queue message was refused');
    if (answerTo === undefined || isTransient) await bury(ports, messageId, read, refusal);
    await reply({ state: 'refused', ok: false, commandId: null, error: errorFields(refusal) });
    return 'done';
  }
  const { id: commandId, tenantId, instanceId, operation } = command;
  ports.log.info({ messageId, tenantId, instanceId, operation, commandId }, 'a queue message was accepted');
  if (answerTo === undefined) return 'done';

  const names = { commandId, messageId: command.messageId === null ? null : publicMessageId(command.messageId) };
  try {
    await reply({ state: 'accepted', ok: true, ...names });
    const ended = await waitForEnd(ports, command, signal);
    if (!isFinished(ended.state) && signal?.aborted) return later(ports, delivery, 0);
    await reply({ ...outcomeOf(ended), ...names });
    return 'done';
  } catch (error) {
    ports.log.error({ err: error, messageId, commandId }, 'a reply could not be given');
    // It is accepted: what is lost at last is only the reply.
    return delivery.receiveCount < MAX_RECEIVES ? later(ports, delivery) : 'done';
  }
}

async function later(ports: IntakePorts, delivery: IntakeDelivery, seconds?: number): Promise<'again'> {
  const delaySeconds = Math.min(seconds ?? 2 ** delivery.receiveCount, MAX_DELAY_SECONDS);
  await ports.intake.postpone(delivery.receipt, delaySeconds);
  return 'again';
}

type Said<R> = R extends unknown ? Omit<R, 'v' | 'requestId' | 'idempotencyKey'> : never;
type Told = Said<IntakeReply>;
type Ended = Said<Extract<IntakeReply, { state: 'finished' | 'failed' | 'pending' }>>;
type Outcome = Ended extends infer R ? (R extends unknown ? Omit<R, 'commandId' | 'messageId'> : never) : never;

async function bury(ports: IntakePorts, messageId: string, read: ReadMessage, refusal: GatewayError): Promise<void> {
  await ports.intake.bury({
    messageId,
    body: sealedBody(ports.seal, read),
    reason: refusal.code,
    detail: refusal.message,
    keyHint: keyHint(read.message.apiKey),
  });
}

/** In steps, so that the wait can be ended. */
async function waitForEnd(ports: IntakePorts, command: Command, signal: AbortSignal | undefined): Promise<Command> {
  const endMs = performance.now() + WAIT_MS;
  let latest = command;
  while (!isFinished(latest.state) && latest.state !== 'scheduled' && !signal?.aborted && performance.now() < endMs) {
    latest = await awaitCommand(ports, { command: latest, waitMs: WAIT_STEP_MS });
  }
  return latest;
}

function outcomeOf(command: Command): Outcome {
  const error = errorOfCommand(command);
  if (error) return { state: 'failed', ok: false, error: errorFields(error) };
  return command.state === 'done'
    ? { state: 'finished', ok: true, result: command.output }
    : { state: 'pending', ok: true };
}

function errorFields({
  code,
  message,
  details,
}: GatewayError): Pick<GatewayError, 'code' | 'message'> & { details?: unknown } {
  return { code, message, ...(details === undefined ? {} : { details }) };
}

function noReplyQueue(): GatewayError {
  return new GatewayError('VALIDATION_ERROR', 'replyTo: there is no such reply queue, or it may not be used.');
}

function publicError(ports: Pick<Ports, 'log'>, messageId: string, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  ports.log.error({ err: error, messageId }, 'a queue message failed');
  return new GatewayError('INTERNAL_ERROR');
}
