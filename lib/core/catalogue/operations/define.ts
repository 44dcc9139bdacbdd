import type * as z from 'zod';
import type { Permission } from '../../model/account.ts';

/** Families of operations; each has a file here, in the runner's handlers and in the native dialect. */
export type OperationTag =
  | 'messages'
  | 'media'
  | 'chats'
  | 'groups'
  | 'communities'
  | 'status'
  | 'contacts'
  | 'presence'
  | 'labels'
  | 'channels'
  | 'profile'
  | 'calls'
  | 'business'
  | 'instances';

/**
 * What can be asked of a session, as data. From one entry come the command's name and types, the parser at every queue
 * boundary, the permission check, the OpenAPI document, the handler's type in the runner and the test matrices.
 */
export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** One line for people. */
  summary: string;
  tag: OperationTag;
  /** What an API key needs; `null`: never by API key, only by a signed-in user who may manage the instance. */
  permission: Permission | null;
  /** A query changes nothing and answers with data; a command acts. */
  kind: 'command' | 'query';
  /**
   * What a second run may do when nobody knows whether WhatsApp acted in the first:
   * `repeat` it freely, `repeat-same-id` (the message id makes it the same message), or `report` it as unknown.
   */
  onAmbiguity: 'repeat' | 'repeat-same-id' | 'report';
  /** Does it send a message, so that a message row and id exist from the start? */
  sendsMessage: boolean;
  /** Accepted only while the instance is linked. */
  needsLinked: boolean;
  /** Not run later than this after being accepted, in ms. */
  deadlineMs: number;
  input: I;
  output: O;
}

/** Keeps the exact types of an entry. */
export function define<I extends z.ZodType, O extends z.ZodType>(operation: Operation<I, O>): Operation<I, O> {
  return operation;
}

export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;
