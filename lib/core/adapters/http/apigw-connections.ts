import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { LiveSockets } from '../../ports/live.ts';

/**
 * Sends over the connections of an API Gateway WebSocket API.
 * @param endpoint `https://<api>.execute-api.<region>.amazonaws.com/<stage>`
 */
export function createApiGatewaySockets(options: {
  endpoint: string;
  region: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}): LiveSockets & { destroy(): void } {
  const client = new ApiGatewayManagementApiClient({
    ...options,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  return {
    async send(ConnectionId, text) {
      try {
        await client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(text) }));
        return 'sent';
      } catch (error) {
        if (error instanceof GoneException) return 'gone';
        throw error;
      }
    },
    async close(ConnectionId) {
      await client.send(new DeleteConnectionCommand({ ConnectionId })).catch((error: unknown) => {
        if (!(error instanceof GoneException)) throw error;
      });
    },
    destroy: () => client.destroy(),
  };
}
