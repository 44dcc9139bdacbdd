import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TABLES, type TableDefinition } from '../core/adapters/dynamodb/tables.ts';

/** What the stores of lib/core/adapters/dynamodb do with a table; no scans. */
const ROW_ACTIONS = [
  'BatchGetItem',
  'ConditionCheckItem',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'UpdateItem',
].map((name) => `dynamodb:${name}`);

/** What wraps and unwraps data keys. */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];
/** What DynamoDB asks of a table's key besides, in the name of who reads and writes. */
const TABLE_KEY_ACTIONS = [
  'DescribeKey',
  'Encrypt',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
].map((name) => `kms:${name}`);

/**
 * Both tables: on demand, restorable to any second of 35 days, protected from deletion, kept when the stack goes. The
 * one of the sessions' keys is under a key of the customer's own, which also wraps the data keys of the sessions.
 */
export class Tables extends Construct {
  readonly main: TableV2;
  readonly sessionKeys: TableV2;
  readonly wrappingKey: Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.wrappingKey = new Key(this, 'WrappingKey', {
      description: 'Switchboard: wraps the keys of WhatsApp sessions. Without it every phone must be linked again.',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const [main, keys] = ['mainTable', 'keysTable'].map((name) => TABLES.find((table) => table.name === name)) as [
      TableDefinition,
      TableDefinition,
    ];
    this.main = this.#table('Main', main, TableEncryptionV2.dynamoOwnedKey());
    this.sessionKeys = this.#table('SessionKeys', keys, TableEncryptionV2.customerManagedKey(this.wrappingKey));
  }

  /** Rows of the main table, and its indexes by name. */
  grantMain({ grantPrincipal }: IGrantable): void {
    const indexes = this.#indexNames.map((name) => `${this.main.tableArn}/index/${name}`);
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ROW_ACTIONS, resources: [this.main.tableArn, ...indexes] }),
    );
  }

  /** The sessions' keys. For the runner alone. */
  grantSessionKeys({ grantPrincipal }: IGrantable): void {
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ROW_ACTIONS, resources: [this.sessionKeys.tableArn] }),
    );
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: KEY_ACTIONS, resources: [this.wrappingKey.keyArn] }),
    );
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: TABLE_KEY_ACTIONS,
        resources: [this.wrappingKey.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(this).region}.amazonaws.com` } },
      }),
    );
  }

  get #indexNames(): string[] {
    return TABLES.flatMap(({ name, indexes }) => (name === 'mainTable' ? indexes.map((index) => index.name) : []));
  }

  #table(id: string, { partitionKey, sortKey, indexes, ttlAttribute }: TableDefinition, encryption: TableEncryptionV2) {
    const string = (name: string) => ({ name, type: AttributeType.STRING });
    return new TableV2(this, id, {
      partitionKey: string(partitionKey),
      sortKey: string(sortKey),
      globalSecondaryIndexes: indexes.map((index) => ({
        indexName: index.name,
        partitionKey: string(index.partitionKey),
        sortKey: string(index.sortKey),
      })),
      timeToLiveAttribute: ttlAttribute,
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      encryption,
    });
  }
}
