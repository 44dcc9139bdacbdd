import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Agent, get } from 'node:https';
import { getMediaKeys } from '../../lib/baileys/index.ts';

const MAC_BYTES = 10;
const HEADERS_TIMEOUT_MS = 30_000;

/** The media host answered with something else than the file. */
export class MediaStatus extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`The media host answered ${status}.`);
    this.status = status;
  }
}

/**
 * A file of WhatsApp's media host, decrypted while it comes. Its body throws at the end when it was changed on the way.
 * @param agent of the session: its proxy, and whom it trusts
 * @throws MediaStatus; whatever the connection throws
 */
export async function openEncrypted(
  { url, mediaKey, kind }: { url: string; mediaKey: Uint8Array; kind: Parameters<typeof getMediaKeys>[1] },
  agent: Agent | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, kind);
  const response = await request(url, agent);
  return decrypted(response, Buffer.from(iv), Buffer.from(cipherKey), Buffer.from(macKey as Uint8Array));
}

function request(url: string, agent: Agent | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { origin: 'https://web.whatsapp.com' };
    const sent = get(url, { ...(agent && { agent }), headers, timeout: HEADERS_TIMEOUT_MS }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.destroy();
      reject(new MediaStatus(response.statusCode ?? 0));
    });
    sent.once('timeout', () => sent.destroy(new Error('The media host fell silent.')));
    sent.once('error', reject);
  });
}

/** AES-256-CBC, followed by the first ten bytes of an HMAC-SHA256 over IV and ciphertext. */
async function* decrypted(
  body: AsyncIterable<Buffer>,
  iv: Buffer,
  cipherKey: Buffer,
  macKey: Buffer,
): AsyncGenerator<Uint8Array> {
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  const hmac = createHmac('sha256', macKey).update(iv);
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    const all = Buffer.concat([held, chunk]);
    const ciphertext = all.subarray(0, Math.max(0, all.length - MAC_BYTES));
    held = all.subarray(ciphertext.length);
    hmac.update(ciphertext);
    const plain = decipher.update(ciphertext);
    if (plain.length > 0) yield plain;
  }
  const mac = hmac.digest().subarray(0, MAC_BYTES);
  if (held.length !== MAC_BYTES || !timingSafeEqual(mac, held)) throw new Error('The file was changed on its way.');
  yield decipher.final();
}
