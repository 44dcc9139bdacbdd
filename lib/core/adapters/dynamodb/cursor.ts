import { GatewayError } from '../../errors.ts';

const MAX_CURSOR_LENGTH = 2_048;

/** An opaque cursor out of the parts of the last row's key that its reader cannot know. */
export function encodeCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/**
 * The parts of a cursor, each of the shape it was made with. The partition never comes from a cursor: the caller's own
 * is read, whatever the cursor says.
 * @throws GatewayError VALIDATION_ERROR
 */
export function decodeCursor(cursor: string, shapes: readonly RegExp[]): string[] {
  if (cursor.length <= MAX_CURSOR_LENGTH && /^[A-Za-z0-9_-]+$/.test(cursor)) {
    try {
      const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
      const fits = Array.isArray(parts) && parts.length === shapes.length;
      if (fits && shapes.every((shape, i) => typeof parts[i] === 'string' && shape.test(parts[i]))) return parts;
    } catch {
      // not JSON
    }
  }
  throw badCursor();
}

export function badCursor(): GatewayError {
  return new GatewayError('VALIDATION_ERROR', 'The cursor is not valid.');
}
