import { callerInput } from '../catalogue/caller-input.ts';
import { MESSAGE_TYPES, type MessageBody, type MessageType } from '../catalogue/message-types.ts';
import { isOperationName, OPERATIONS, type OperationName } from '../catalogue/operations.ts';
import { GatewayError } from '../errors.ts';
import { judgeUrl, type OutboundPolicy } from '../model/outbound.ts';
import { fillIn, variablesOf } from '../model/template.ts';
import { judgedUrl } from './judge-url.ts';

/** A message for many: an operation's input without `to`, whose texts may hold `{{variables}}`. */
export interface MessageDraft {
  operation: OperationName;
  input: Record<string, unknown>;
}

/** What is wrong with a field, for whoever wrote it. */
export interface Fault {
  path: string;
  message: string;
}

/** In which field of a message its file is; other types have none. */
const FILE_FIELDS: Partial<Record<MessageType, string>> = {
  ...{ image: 'image', document: 'document', audio: 'audio', voice: 'voice', video: 'video', sticker: 'sticker' },
  link: 'image',
};

/** Stands for every variable while a draft is judged: it is a word, a number and a phone number. */
const SAMPLE = '6281234567890';

/**
 * The draft of a message as callers write it.
 * @throws GatewayError VALIDATION_ERROR that names each field which no variable could mend
 */
export function draftOf(message: MessageBody): MessageDraft {
  const { type, ...fields } = message;
  const operation = MESSAGE_TYPES[type];
  for (const path of ['to', 'sendAt']) {
    if (path in fields) throw faulty([{ path: `message.${path}`, message: 'belongs beside the message' }]);
  }
  const fileField = FILE_FIELDS[type];
  const input = fileField === undefined ? fields : withMedia(fields, fileField);
  const { filled } = fillIn({ ...input, to: SAMPLE }, sampleOf(input));
  const faults = faultsOf(() => callerInput(operation).safeParse(filled).error?.issues)
    .filter(({ path }) => path === '' || variablesOf(valueAt(input, path)).length === 0)
    .map(({ path, message }) => ({
      path: ['message', path && named(path, fileField)].filter(Boolean).join('.'),
      message,
    }));
  if (faults.length > 0) throw faulty(faults);
  return { operation, input };
}

function withMedia(fields: Record<string, unknown>, fileField: string): Record<string, unknown> {
  const { [fileField]: url, mediaId: id, ...rest } = fields;
  if (url !== undefined && id !== undefined) {
    throw faulty([{ path: `message.${fileField}`, message: 'give the file or mediaId, not both' }]);
  }
  return { ...rest, ...(id === undefined ? url !== undefined && { media: { url } } : { media: { id } }) };
}

/** The name that a caller knows the file by. */
function named(path: string, fileField: string | undefined): string {
  return fileField === undefined ? path : path.replace(/^media\b.*/, fileField);
}

/**
 * The operation's input for one recipient, or what is wrong with it. Files are in their places.
 * @param outbound judges addresses that came out of variables; absent: they have been judged
 */
export function inputFor(
  { operation, input }: MessageDraft,
  { to, variables }: { to: string; variables: Readonly<Record<string, string>> },
  outbound?: OutboundPolicy,
): { input: unknown } | { faults: Fault[] } {
  const { filled, missing } = fillIn(input, variables);
  if (missing.length > 0)
    return { faults: missing.map((name) => ({ path: `variables.${name}`, message: 'is missing' })) };
  let parsed: unknown;
  const faults = faultsOf(() => {
    for (const url of outbound ? addresses(input, filled) : [])
      judgedUrl('message', judgeUrl, url, outbound as OutboundPolicy);
    const result = OPERATIONS[operation].input.safeParse({ ...filled, to });
    parsed = result.data;
    return result.error?.issues;
  });
  if (faults.length > 0)
    return { faults: faults.map(({ path, message }) => ({ path: path && `message.${path}`, message })) };
  return { input: parsed };
}

/** A draft that was stored; undefined: this version does not know its operation. */
export function storedDraft(operation: string, input: Record<string, unknown>): MessageDraft | undefined {
  return isOperationName(operation) ? { operation, input } : undefined;
}

interface Files {
  media?: { url?: string };
  items?: readonly { media?: { url?: string } }[];
}

/** The addresses of files that came out of variables: nobody has judged them yet. */
function addresses(input: Files, filled: Files): string[] {
  const urls = ({ media, items = [] }: Files) => [media, ...items.map((item) => item.media)].map((file) => file?.url);
  const before = urls(input);
  return urls(filled).filter((url, i): url is string => url !== undefined && url !== before[i]);
}

/** zod's own issues, or the error that a transformation threw. */
function faultsOf(judge: () => readonly { path: PropertyKey[]; message: string }[] | undefined): Fault[] {
  try {
    return (judge() ?? []).map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [{ path: '', message: error.message }];
  }
}

function sampleOf(value: unknown): Record<string, string> {
  return Object.fromEntries(variablesOf(value).map((name) => [name, SAMPLE]));
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}

export function faulty(faults: readonly Fault[], details: unknown = faults): GatewayError {
  const [first] = faults;
  return new GatewayError(
    'VALIDATION_ERROR',
    first && [first.path, `${first.message}.`].filter((part) => part !== '').join(': '),
    { details },
  );
}
