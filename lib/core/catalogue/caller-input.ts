import * as z from 'zod';
import { OPERATIONS, type OperationName } from './operations.ts';

const fileReference = z.union([
  z.strictObject({
    url: z
      .string()
      .min(1)
      .meta({ description: 'An https URL, a data URL, or base64', examples: ['https://example.com/picture.png'] }),
  }),
  z.strictObject({ id: z.string().min(1).max(128).meta({ description: 'Of an upload: POST /api/media' }) }),
]);

const EXAMPLE_ITEMS = ['first', 'second'].map((name) => ({
  kind: 'image',
  media: { url: `https://example.com/${name}.png` },
}));

/** Whether the input of an operation names files. */
export function namesFiles(name: OperationName): boolean {
  const { shape } = OPERATIONS[name].input;
  return 'media' in shape || 'items' in shape;
}

/** The operation's input as a caller may write it: a file by URL, in itself, or by the id of an upload. */
export function callerInput(name: OperationName): z.ZodType {
  const input = OPERATIONS[name].input as z.ZodObject;
  const { media, items } = input.shape as Record<string, z.ZodType | undefined>;
  if (media) {
    return z.strictObject({
      ...(input.shape as z.ZodRawShape),
      media: media instanceof z.ZodOptional ? fileReference.optional() : fileReference,
    });
  }
  if (items instanceof z.ZodArray) {
    const item = z.strictObject({ ...((items.element as z.ZodObject).shape as z.ZodRawShape), media: fileReference });
    return z.strictObject({
      ...(input.shape as z.ZodRawShape),
      items: z
        .array(item)
        .min(2)
        .max(30)
        .meta({ examples: [EXAMPLE_ITEMS] }),
    });
  }
  return input;
}
