import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Config } from '../../config.ts';
import type { Dynamo } from './client.ts';
import { GSI1, TTL } from './keys.ts';

/** A table as data: the embedded database and the CDK stack both make theirs from it. */
export interface TableDefinition {
  /** Key of `Config` that holds the name. */
  name: 'mainTable' | 'keysTable';
  partitionKey: string;
  sortKey: string;
  /** String keys, ALL projection. */
  indexes: { name: string; partitionKey: string; sortKey: string }[];
  /** Epoch seconds. */
  ttlAttribute: string;
}

/** `keysTable` holds what only the runner's role may read: the sessions' keys. See keys.ts for the rows. */
export const TABLES: readonly TableDefinition[] = [
  {
    name: 'mainTable',
    partitionKey: 'pk',
    sortKey: 'sk',
    indexes: [{ name: GSI1, partitionKey: 'gsi1pk', sortKey: 'gsi1sk' }],
    ttlAttribute: TTL,
  },
  { name: 'keysTable', partitionKey: 'pk', sortKey: 'sk', indexes: [], ttlAttribute: TTL },
];

/** Makes the tables that are missing. For embedded use; on AWS the stack owns them. */
export async function ensureTables(dynamo: Dynamo, config: Pick<Config, 'mainTable' | 'keysTable'>): Promise<void> {
  await Promise.all(TABLES.map((table) => ensureTable(dynamo, table, config[table.name])));
}

async function ensureTable(dynamo: Dynamo, table: TableDefinition, name: string): Promise<void> {
  try {
    await dynamo.send(new DescribeTableCommand({ TableName: name }));
    return;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  try {
    await dynamo.send(new CreateTableCommand(createInput(table, name)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await dynamo.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { AttributeName: table.ttlAttribute, Enabled: true },
    }),
  );
}

function createInput(table: TableDefinition, name: string): CreateTableCommandInput {
  const keys = [table, ...table.indexes].flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]);
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: 'S' })),
    KeySchema: keySchema(table),
    ...(table.indexes.length > 0
      ? {
          GlobalSecondaryIndexes: table.indexes.map((index) => ({
            IndexName: index.name,
            KeySchema: keySchema(index),
            Projection: { ProjectionType: 'ALL' },
          })),
        }
      : {}),
  };
}

function keySchema({ partitionKey, sortKey }: { partitionKey: string; sortKey: string }) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    { AttributeName: sortKey, KeyType: 'RANGE' as const },
  ];
}
