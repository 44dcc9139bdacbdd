import { describedGateway } from '../dialects/gateway/index.ts';
import { describedNative } from '../dialects/native/envelope-schema.ts';
import { describedPublic } from '../dialects/public/index.ts';
import { describedSessions } from '../dialects/sessions/index.ts';
import { livePaths, liveSchemas } from './live.ts';
import { createDocument, type OpenApiDocument } from './openapi.ts';

/** The API document of the whole gateway: all its dialects, and the WebSocket. */
export function gatewayDocument(version: string): OpenApiDocument {
  return createDocument({
    version,
    dialects: [describedNative, describedSessions, describedGateway, describedPublic],
    paths: livePaths,
    schemas: liveSchemas,
  });
}
