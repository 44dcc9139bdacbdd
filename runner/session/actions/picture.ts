import type { WASocket } from '../../../lib/baileys/index.ts';

/**
 * Sets a profile picture: our own, or a group's. Baileys makes pictures smaller by packages that are not here: this is
 * its query, around a JPEG that fits.
 */
export async function putPicture(sock: WASocket, jpeg: Uint8Array, target?: string): Promise<void> {
  const picture = { tag: 'picture', attrs: { type: 'image' }, content: jpeg };
  const attrs = { to: 's.whatsapp.net', type: 'set', xmlns: 'w:profile:picture', ...(target && { target }) };
  await sock.query({ tag: 'iq', attrs, content: [picture] });
}
