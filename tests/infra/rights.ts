import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, ROOT } from '../../lib/constructs/bundles.ts';
import { list, standardStacks, statementsOf } from './support.ts';

/** What IAM calls the commands of the AWS SDK that it has other names for; of all others the name is the action's. */
const ACTIONS: Record<string, readonly string[]> = {
  BatchGet: ['BatchGetItem'],
  Delete: ['DeleteItem'],
  Get: ['GetItem'],
  Put: ['PutItem'],
  Update: ['UpdateItem'],
  TransactWrite: ['ConditionCheckItem', 'DeleteItem', 'PutItem', 'UpdateItem'],
  ChangeMessageVisibilityBatch: ['ChangeMessageVisibility'],
  DeleteMessageBatch: ['DeleteMessage'],
  SendMessageBatch: ['SendMessage'],
  HeadObject: ['GetObject'],
  DeleteObjects: ['DeleteObject'],
  ListObjectsV2: ['ListBucket'],
  Upload: ['AbortMultipartUpload', 'PutObject'],
  PostToConnection: ['ManageConnections'],
  DeleteConnection: ['ManageConnections'],
};

/** Each process with the file that it begins with, and the role that it has. */
const PROCESSES: Record<string, { entry: string; role: RegExp }> = {
  ...Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, entry]) => [name, { entry, role: new RegExp(`^${name}Role`, 'i') }]),
  ),
  runner: { entry: 'runner/main.ts', role: /^RunnerTaskTaskRole/ },
};

const sourceOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** A file and all of the repository that it loads, now or later. */
function reachedFrom(entry: string): Set<string> {
  const reached = new Set([entry]);
  for (const path of reached) {
    const loaded = sourceOf(path).matchAll(/^(?:im|ex)port (?!type )[^;']*'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm);
    for (const [, now, later] of loaded) {
      const next = relative(ROOT, join(ROOT, dirname(path), (now ?? later) as string));
      if (next.endsWith('.ts')) reached.add(next);
    }
  }
  return reached;
}

/** What a file asks AWS for, as IAM calls it. */
function actionsOf(path: string): string[] {
  const calls = sourceOf(path).matchAll(/\bnew (?:\w+\.)?(?:([A-Z]\w+)Command|(Upload))\(|\bpaginate([A-Z]\w+)\(/g);
  return [...calls].flatMap(([, command, upload, pages]) => {
    const name = (command ?? upload ?? pages) as string;
    return ACTIONS[name] ?? [name];
  });
}

/** What is loaded with the rest, and not called: each must still be there and without its right. */
const NOT_CALLED: readonly { by: RegExp; call: RegExp; because: string }[] = [
  {
    by: /./,
    call: /^(sqs\/[\w-]+|sns\/topic)\.ts Create(Queue|Topic)$/,
    because: 'only the embedded gateway makes its own',
  },
  { by: /./, call: /^dynamodb\/expired-rows\.ts Scan$/, because: 'DynamoDB deletes expired rows itself' },
  {
    by: /^(api|live|reconcile)$/,
    call: /^sqs\/bells?(-channel)?\.ts (Receive|DeleteMessage|GetQueueAttributes)/,
    because: 'the runner hears bells of commands; Lambda polls the other queues',
  },
  {
    by: /^(api|live|reconcile)$/,
    call: /^sqs\/intake\.ts (Receive|Delete|ChangeMessageVisibility)/,
    because: 'the intake Lambda takes messages',
  },
  {
    by: /^(?!admin$)/,
    call: /^sqs\/dead-letters\.ts (ListQueues|GetQueueAttributes|Receive|Delete|ChangeMessageVisibility)/,
    because: 'the operator looks at dead letters',
  },
];

/** Rights that no call of ours needs: what AWS does in the name of a role. */
const FOR_AWS = /^(logs|xray|ecr):|^secretsmanager:(DescribeSecret|GetRandomPassword)$|^kms:/;

const { of } = standardStacks();
const rightsOf = (role: RegExp) =>
  of('AWS::IAM::Role')
    .filter(({ id }) => role.test(id))
    .flatMap(({ id }) => statementsOf(id).flatMap(({ Action }) => list(Action) as string[]));

describe('rights and calls', () => {
  const excused = new Set<object>();

  it.each(Object.entries(PROCESSES))(
    '%s may do all that its code asks AWS for, and nothing else',
    (name, { entry, role }) => {
      const rights = rightsOf(role);
      const may = new Set(rights.map((right) => right.split(':')[1]));
      const files = [...reachedFrom(entry)];
      const lacks = files.flatMap((path) => {
        const missing = actionsOf(path).filter((action) => !may.has(action));
        return missing.map((action) => `${path.replace('lib/core/adapters/', '')} ${action}`);
      });
      const open = lacks.filter((call) => {
        const excuse = NOT_CALLED.find((one) => one.by.test(name) && one.call.test(call));
        if (excuse) excused.add(excuse);
        return !excuse;
      });
      expect(open).toEqual([]);
      const calls = new Set(files.flatMap(actionsOf));
      expect(calls.size).toBeGreaterThan(3);
      expect(rights.filter((right) => !FOR_AWS.test(right) && !calls.has(right.split(':')[1] as string))).toEqual([]);
    },
  );

  it('are excused for what is not called only where that is so', () => {
    expect(NOT_CALLED.filter((one) => !excused.has(one))).toEqual([]);
  });
});
