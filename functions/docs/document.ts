import { describedNative } from '../dialects/native/envelope-schema.ts';
import { createDocument, type OpenApiDocument } from './openapi.ts';

/** The API document of the whole gateway: all its dialects. */
export function gatewayDocument(version: string): OpenApiDocument {
  return createDocument({ version, dialects: [describedNative] });
}
