import * as z from 'zod';
import { GatewayError } from '../../lib/core/errors.ts';

/** Where a route takes the file of a form: in which field, and where its name and type go, if anywhere. */
export interface FormFile {
  field: string;
  name?: string;
  type?: string;
}

/**
 * A form as the JSON body that it stands for: its file as a data URL, its other parts as their fields' schemas say
 * (`true`, `5`, JSON for what is no text).
 * @throws GatewayError VALIDATION_ERROR
 */
export async function bodyOfForm(
  request: Request,
  schema: z.ZodType,
  file: FormFile,
): Promise<Record<string, unknown>> {
  const form = await request.formData().catch(() => {
    throw new GatewayError('VALIDATION_ERROR', 'The form cannot be read.');
  });
  const body = new Map<string, unknown>();
  for (const [name, value] of form.entries()) {
    if (body.has(name)) throw new GatewayError('VALIDATION_ERROR', 'The form has a field twice.');
    if (typeof value === 'string') body.set(name, fieldOf(schema, name, value));
    else if (name !== file.field && name !== 'file')
      throw new GatewayError('VALIDATION_ERROR', 'This field takes no file.');
    else {
      const type = value.type || 'application/octet-stream';
      const bytes = Buffer.from(await value.arrayBuffer());
      body.set(file.field, `data:${type};base64,${bytes.toString('base64')}`);
      if (file.name && value.name && !form.has(file.name)) body.set(file.name, value.name);
      if (file.type && !form.has(file.type)) body.set(file.type, type);
    }
  }
  return Object.fromEntries([...body].filter(([name]) => name !== '__proto__'));
}

export function isForm(contentType: string | undefined): boolean {
  return /^multipart\/form-data\s*;/i.test(contentType ?? '');
}

function fieldOf(schema: z.ZodType, name: string, text: string): unknown {
  const shape = schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
  const kind = Object.hasOwn(shape, name) ? unwrapped(shape[name] as z.ZodType) : undefined;
  const isText = !kind || kind instanceof z.ZodString || kind instanceof z.ZodPipe || kind instanceof z.ZodEnum;
  if (isText) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function unwrapped(field: z.ZodType): z.ZodType {
  let inner = field;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap() as z.ZodType;
  return inner;
}
