import { join } from 'node:path';
import { type Config, ENV, readConfig } from '../../config.ts';
import { servedShards } from '../../model/ownership.ts';
import type { KeyWrapper } from '../../ports/session-store.ts';
import { createDynamo } from '../dynamodb/client.ts';
import { createRunnerStore } from '../dynamodb/runners.ts';
import { createShardStore } from '../dynamodb/shards.ts';
import { ensureTables } from '../dynamodb/tables.ts';
import { createSqsClient, ensureQueues } from '../sqs/bells.ts';
import { ensureDeliveryQueue } from '../sqs/deliveries.ts';
import { ensureEventQueue } from '../sqs/events.ts';
import { ensureIntakeQueue } from '../sqs/intake.ts';
import { lockDataDir } from './data-dir-lock.ts';
import { startLocalDynamo } from './dynamodb-process.ts';
import { createKeyFileWrapper } from './key-file.ts';
import { readJwtSecrets, readSealSecrets } from './secrets-file.ts';
import { startEmbeddedSqs } from './sqs-embedded.ts';

export interface EmbeddedOptions {
  /** Where everything lies; made when missing. */
  dataDir: string;
  shardCount: number;
  /** A DynamoDB-compatible endpoint to use instead of the embedded one (for platforms without a binary). */
  dynamoEndpoint?: string | undefined;
}

export interface Embedded {
  /** For `readConfig`, over anything else: endpoints, names and region of what was made here, secrets. */
  env: Record<string, string>;
  keyWrapper: KeyWrapper;
  /** Resolves when the database has ended by itself: the gateway cannot go on without it. */
  dynamoExited: Promise<void>;
  /** Ends both services and frees the data directory. */
  stop(): Promise<void>;
}

/**
 * Starts DynamoDB and SQS on this machine, with their tables and queues, and reads the secrets and the key file beside
 * them. Data survive a restart and a kill of this process.
 * @throws Error when another gateway runs on `dataDir`, or a service does not start
 */
export async function startEmbedded({ dataDir, shardCount, dynamoEndpoint }: EmbeddedOptions): Promise<Embedded> {
  const unlock = lockDataDir(dataDir);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all(stops.splice(0).map((stopOne) => stopOne()));
    unlock();
  };
  let dynamoExited: Promise<void> = new Promise(() => undefined);
  try {
    const jwtSecrets = readJwtSecrets(join(dataDir, 'jwt-secrets'));
    const env: Record<string, string> = {
      [ENV.shardCount]: String(shardCount),
      [ENV.jwtSecrets]: jwtSecrets,
      [ENV.sealSecrets]: readSealSecrets(join(dataDir, 'seal-secrets'), jwtSecrets),
    };
    const made = readConfig(env);
    // What is set outside names things on AWS; these are the embedded ones.
    for (const key of ['region', 'mainTable', 'keysTable', 'queuePrefix'] as const) env[ENV[key]] = made[key];
    const keyWrapper = createKeyFileWrapper(join(dataDir, 'master.key'));
    const started = await Promise.allSettled([
      (async () => {
        if (dynamoEndpoint) {
          env[ENV.dynamoEndpoint] = dynamoEndpoint;
        } else {
          const dynamo = await startLocalDynamo(dataDir);
          stops.push(dynamo.stop);
          dynamoExited = dynamo.exited;
          env[ENV.dynamoEndpoint] = dynamo.endpoint;
        }
        await withTables(readConfig({ ...env }), dynamoEndpoint === undefined);
      })(),
      (async () => {
        const sqs = await startEmbeddedSqs(dataDir);
        stops.push(sqs.stop);
        env[ENV.sqsEndpoint] = sqs.endpoint;
        await withQueues(readConfig({ ...env }));
      })(),
    ]);
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    await withOldQueues(readConfig({ ...env }));
    return { env, keyWrapper, dynamoExited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `alone`: nobody else can reach the tables, so the runners that are named there are gone. Nobody waits for them to be found dead. */
async function withTables(config: Config, alone: boolean): Promise<void> {
  const dynamo = createDynamo(config);
  try {
    await ensureTables(dynamo, config);
    if (!alone) return;
    const runners = createRunnerStore({ dynamo, clock: Date.now, table: config.mainTable });
    for (const { id } of await runners.list()) await runners.forget(id);
  } finally {
    dynamo.destroy();
  }
}

/** Also the queues of shards that were used when there were more of them: their instances stay there. */
async function withOldQueues(config: Config): Promise<void> {
  const dynamo = createDynamo(config);
  const client = createSqsClient(config);
  try {
    const shards = await createShardStore({ dynamo, clock: Date.now, table: config.mainTable }).list();
    const shardCount = servedShards(config.shardCount, shards);
    if (shardCount > config.shardCount) await ensureQueues(client, { ...config, shardCount });
  } finally {
    dynamo.destroy();
    client.destroy();
  }
}

async function withQueues(config: Config): Promise<void> {
  const client = createSqsClient(config);
  try {
    await Promise.all([
      ensureQueues(client, config),
      ensureEventQueue(client, config),
      ensureDeliveryQueue(client, config),
      ensureIntakeQueue(client, config),
    ]);
  } finally {
    client.destroy();
  }
}
