import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Config } from '../../config.ts';
import { LOCAL_CREDENTIALS, unsigned } from '../unsigned.ts';

/** DynamoDB as all stores get it. `destroy()` closes its connections. */
export type Dynamo = DynamoDBDocumentClient;

/**
 * The document client of a process. Absent attributes are `undefined`, never stored; connections are kept alive; a
 * call that is throttled or lost is tried again (3 attempts, 3 s each).
 */
export function createDynamo(config: Pick<Config, 'region' | 'dynamoEndpoint'>): Dynamo {
  const client = new DynamoDBClient({
    region: config.region,
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
      httpsAgent: { keepAlive: true, maxSockets: 128 },
      httpAgent: { keepAlive: true, maxSockets: 128 },
    },
    ...(config.dynamoEndpoint
      ? { endpoint: config.dynamoEndpoint, credentials: LOCAL_CREDENTIALS, signer: unsigned(config.region) }
      : {}),
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
