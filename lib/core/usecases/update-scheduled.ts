import { isOperationName, OPERATIONS } from '../catalogue/operations.ts';
import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import { sentText } from '../model/message.ts';
import type { Ports, ScheduledCommand } from '../ports/index.ts';
import { parseInput } from './parse-input.ts';
import { judgedTime, scheduleOf } from './schedule-time.ts';
import { findScheduled, justChanged } from './scheduled-access.ts';

export interface UpdateScheduledInput {
  instance: Instance;
  messageId: string;
  /** Of what has one: its text, or its caption. */
  text?: string | undefined;
  sendAt?: string | undefined;
}

/**
 * Changes the text or the moment of a scheduled message.
 * @throws GatewayError as `findScheduled`; VALIDATION_ERROR; INVALID_STATE when it is too late
 */
export async function updateScheduled(
  ports: Pick<Ports, 'schedule' | 'messages' | 'clock'>,
  principal: Principal,
  { text, sendAt, ...which }: UpdateScheduledInput,
): Promise<ScheduledCommand> {
  const found = await findScheduled(ports, principal, which);
  const input = text === undefined ? found.input : withText(found, text);
  const sendAtMs = sendAt === undefined ? found.sendAtMs : judgedTime(sendAt, input, ports.clock());
  const notAfterMs = sendAtMs + (found.notAfterMs - found.sendAtMs);
  const next = { ...found, input, sendAtMs, notAfterMs };
  if (!(await ports.schedule.replace(found, next, sentText(input)))) throw justChanged();
  return next;
}

function withText({ operation, input }: ScheduledCommand, text: string): unknown {
  const schema = isOperationName(operation) ? OPERATIONS[operation].input : undefined;
  const field = ['text', 'caption'].find((name) => schema && name in schema.shape);
  if (!schema || !field) {
    const message = 'this message has none';
    throw new GatewayError('VALIDATION_ERROR', `text: ${message}.`, { details: [{ path: 'text', message }] });
  }
  return scheduleOf(parseInput(schema, { ...(input as object), [field]: text }), 0).parsed;
}
