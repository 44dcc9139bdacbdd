import {
  type IntakeMessage,
  intakeMessage,
  type SealedIntakeMessage,
  sealedIntakeMessage,
} from '../../lib/core/catalogue/intake.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import { sha256Hex } from '../../lib/core/model/ids.ts';
import type { AnswerSeal } from '../../lib/core/ports/index.ts';
import { parseInput } from '../../lib/core/usecases/parse-input.ts';
import { canonicalJson, parseJsonBody } from '../dialects/request.ts';

const HINT_SECRET_LENGTH = 4;
const MAX_EXCERPT_LENGTH = 2_000;
/** Nothing that people write runs on this long; every API key does. */
const LONG_TOKEN = /[A-Za-z0-9_+/=.-]{16,}/g;

/** A message whose envelope is right. */
export interface ReadMessage {
  message: IntakeMessage;
  idempotencyKey: string;
  fingerprint: string;
}

/**
 * The message in a body. `messageId` serves as idempotency key where it brings none.
 * @throws GatewayError VALIDATION_ERROR; AUTHENTICATION_ERROR for a seal that is not of this message
 */
export function readMessage(seal: AnswerSeal, body: string, messageId: string): ReadMessage {
  const value = parseJsonBody(body, 'application/json');
  const isSealed = typeof value === 'object' && value !== null && 'sealedApiKey' in value;
  const message = isSealed ? opened(seal, parseInput(sealedIntakeMessage, value)) : parseInput(intakeMessage, value);
  const { operation, input, instanceId, instanceName } = message;
  return {
    message,
    idempotencyKey: message.idempotencyKey ?? messageId,
    fingerprint: sha256Hex(canonicalJson({ operation, input, instanceId, instanceName })),
  };
}

/** A message for the dead letters: what came, with its key sealed, so that it can be put back as it is. */
export function sealedBody(seal: AnswerSeal, { message, idempotencyKey }: ReadMessage): string {
  const { apiKey, ...rest } = message;
  const open = masked({ ...rest, idempotencyKey }, apiKey);
  return JSON.stringify({ sealedApiKey: seal.seal(apiKey, contextOf(open)), ...open });
}

/** What is left of a body that is no message: nothing in it that could be a key. It cannot be put back. */
export function excerptOf(body: string): string {
  const excerpt = body.slice(0, MAX_EXCERPT_LENGTH).replace(LONG_TOKEN, (token) => `${token.slice(0, 4)}…`);
  return JSON.stringify({ unreadable: true, bytes: Buffer.byteLength(body), excerpt });
}

/** The beginning of a key as lists of keys show it. */
export function keyHint(apiKey: string): string {
  const prefix = /^[A-Za-z0-9]{1,7}_/.exec(apiKey)?.[0] ?? '';
  return apiKey.slice(0, prefix.length + HINT_SECRET_LENGTH);
}

function opened(seal: AnswerSeal, { sealedApiKey, ...open }: SealedIntakeMessage): IntakeMessage {
  const apiKey = seal.open(sealedApiKey, contextOf(open));
  if (apiKey === undefined) throw new GatewayError('AUTHENTICATION_ERROR');
  return { apiKey, ...open };
}

function contextOf(open: object): string {
  return `intake|${sha256Hex(canonicalJson(open))}`;
}

/** Should somebody have put the key into another field as well. */
function masked<T extends object>(open: T, apiKey: string): T {
  const text = JSON.stringify(open);
  const spelled = JSON.stringify(apiKey).slice(1, -1);
  return apiKey.length >= 16 && text.includes(spelled) ? JSON.parse(text.replaceAll(spelled, keyHint(apiKey))) : open;
}
