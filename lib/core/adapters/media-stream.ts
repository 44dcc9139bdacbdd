import { createHash } from 'node:crypto';
import { GatewayError } from '../errors.ts';

export interface Measured {
  /** The same bytes, counted while they pass. */
  body: AsyncIterable<Uint8Array>;
  size(): number;
  /** Hex, of what has passed. */
  sha256(): string;
}

/** Counts and hashes a file while it is read. Its body throws GatewayError PAYLOAD_TOO_LARGE beyond `maxBytes`. */
export function measured(bytes: Uint8Array | AsyncIterable<Uint8Array>, maxBytes: number): Measured {
  const hash = createHash('sha256');
  let size = 0;
  async function* pass(): AsyncGenerator<Uint8Array> {
    const chunks = bytes instanceof Uint8Array ? [bytes] : bytes;
    for await (const chunk of chunks) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      yield chunk;
    }
  }
  return { body: pass(), size: () => size, sha256: () => hash.digest('hex') };
}

export function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('PAYLOAD_TOO_LARGE', `The file is larger than ${maxBytes} bytes.`, {
    details: { maxBytes },
  });
}
