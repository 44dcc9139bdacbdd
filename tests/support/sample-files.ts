/** The smallest files that are what they say, each told apart by its content. */
import { randomBytes } from 'node:crypto';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** With random bytes behind what makes it the kind, up to `size`. */
function filled(head: Buffer, size: number): Buffer {
  return Buffer.concat([head, randomBytes(Math.max(0, size - head.length))]);
}

export const png = (size = 200) => filled(PNG, size);
export const pdf = (size = 200) => filled(Buffer.from('%PDF-1.4\n'), size);
export const mp4 = (size = 200) => filled(Buffer.from('000000186674797069736f6d0000020069736f6d69736f32', 'hex'), size);
/** An Ogg page that holds an Opus header. */
export const opus = (size = 200) => {
  const page = Buffer.alloc(28);
  page.write('OggS');
  page[26] = 1;
  page[27] = 19;
  return filled(Buffer.concat([page, Buffer.from('OpusHead\u0001\u0001')]), size);
};
export const gif = () => Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
