import { createHash } from 'node:crypto';
import type { LivePositions } from '../../lib/core/ports/live.ts';

/**
 * How far a viewer has been told, per stream. An event of number n has the positions 2n and 2n + 1: one that is told
 * in two frames can be told by half, one that is told in a single frame, or not at all, has the odd one.
 */
export function positionOf(seq: number, part: number, parts: number): number {
  return 2 * seq + (part >= parts - 1 ? 1 : 0);
}

/** The number of the last event of which everything has been told. */
export function toldUntil(position: number): number {
  return Math.floor((position - 1) / 2);
}

/** Where somebody stands who was told all events up to `seq`. */
export function positionAfter(seq: number): number {
  return 2 * seq + 1;
}

/** What a client gives back after it has been away. Streams go by a hash, so it says nothing. */
export function encodeCursor(positions: LivePositions, nowMs: number): string {
  const parts = Object.entries(positions).map(([streamId, position]) => `${nameOf(streamId)}${position.toString(36)}`);
  return [`1${nowMs.toString(36)}`, ...parts].join('.');
}

/**
 * The positions of a cursor for the streams that the viewer may see; 0 for one that it does not know.
 * undefined when it is no cursor, or none of this tenant.
 */
export function decodeCursor(
  text: string,
  tenantId: string,
  streamIds: readonly string[],
): { positions: LivePositions; atMs: number } | undefined {
  if (!/^1[0-9a-z]{1,9}(\.[\w-]{8}[0-9a-z]{1,9})*$/.test(text)) return undefined;
  const [head = '', ...parts] = text.split('.');
  const known = new Map(parts.map((part) => [part.slice(0, 8), Number.parseInt(part.slice(8), 36)]));
  if (!known.has(nameOf(tenantId))) return undefined;
  const positions = Object.fromEntries(streamIds.map((streamId) => [streamId, known.get(nameOf(streamId)) ?? 1]));
  return { positions, atMs: Number.parseInt(head.slice(1), 36) };
}

function nameOf(streamId: string): string {
  return createHash('sha256').update(streamId).digest('base64url').slice(0, 8);
}
