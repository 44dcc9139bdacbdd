import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Config } from '../../config.ts';
import { slots } from '../../model/slots.ts';
import { LOCAL_CREDENTIALS, unsigned } from '../unsigned.ts';

/** DynamoDB as all stores get it. `destroy()` closes its connections. */
export type Dynamo = DynamoDBDocumentClient;

/** What a process asks for at a time. More would only wait at the other end, and there the clock of a call runs. */
const CALLS_AT_ONCE = 32;

/**
 * The document client of a process. Absent attributes are `undefined`, never stored; connections are kept alive; a
 * call that is throttled or lost is tried again (3 attempts, 3 s each). So many calls go at a time, the rest wait here in
 * order: a store that is slow then makes everything later, and nothing fail.
 * @param isVital for what must not wait behind the rest: heartbeats, and who owns what
 */
export function createDynamo(config: Pick<Config, 'region' | 'dynamoEndpoint'>, { isVital = false } = {}): Dynamo {
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
  if (!isVital) {
    const turn = slots(CALLS_AT_ONCE);
    // Each attempt by itself, so that one which waits to be repeated holds nobody up.
    client.middlewareStack.add(
      (next) => async (args) => {
        const end = await turn();
        try {
          return await next(args);
        } finally {
          end();
        }
      },
      { step: 'finalizeRequest', priority: 'low', name: 'callsAtOnce' },
    );
  }
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
