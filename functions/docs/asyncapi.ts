import { EVENTS } from '../../lib/core/catalogue/events.ts';
import { intakeMessageOf, intakeReply } from '../../lib/core/catalogue/intake.ts';
import { OPERATION_NAMES, OPERATIONS } from '../../lib/core/catalogue/operations.ts';
import { exampleOf, type Schema, type Schemas, schemaOf } from './schema.ts';

const SCHEMA = 'https://json-schema.org/draft/2020-12/schema';
/** What zod writes is of the newer draft; nothing in it means something else in this one, which every tool reads. */
const SCHEMA_FORMAT = 'application/schema+json;version=draft-07';

/** The JSON Schema of a message on the intake queue: one of as many shapes as there are operations. */
export function intakeSchema(): Schema {
  const parts: Schemas = {};
  const oneOf = OPERATION_NAMES.map((name) => schemaOf(intakeMessageOf(name), 'input', parts));
  const $defs = Object.keys(parts).length > 0 ? { $defs: parts } : {};
  const title = 'A message on the intake queue of Switchboard';
  return rebased({ $schema: SCHEMA, title, oneOf, ...$defs });
}

/** The AsyncAPI 3.0 document of the queues and the topic: what is taken, what is answered, what is told. */
export function asyncDocument(version: string): Schema {
  const schemas: Schemas = {};
  const messages: Schemas = {};
  const payloadOf = (schema: Schema) => ({ schemaFormat: SCHEMA_FORMAT, schema });
  const names = { intake: [] as string[], events: [] as string[] };

  for (const name of OPERATION_NAMES) {
    const schema = schemaOf(intakeMessageOf(name), 'input', schemas);
    const key = idOf(name);
    names.intake.push(key);
    messages[key] = {
      ...{ name, title: OPERATIONS[name].summary, contentType: 'application/json' },
      summary: permissionSentence(OPERATIONS[name].permission),
      payload: payloadOf(schema),
      examples: [{ payload: exampleOf(requiredOnly(schema), schemas) }],
    };
  }
  messages.reply = {
    ...{ name: 'reply', title: 'What became of a message', contentType: 'application/json' },
    payload: payloadOf(schemaOf(intakeReply, 'output', schemas)),
  };
  for (const [type, { summary, data }] of Object.entries(EVENTS)) {
    const key = `event-${idOf(type)}`;
    names.events.push(key);
    messages[key] = {
      ...{ name: type, title: summary, contentType: 'application/json' },
      headers: payloadOf(EVENT_ATTRIBUTES),
      payload: payloadOf(eventSchema(type, schemaOf(data, 'output', schemas))),
    };
  }

  const refs = (keys: string[]) =>
    Object.fromEntries(keys.map((key) => [key, { $ref: `#/components/messages/${key}` }]));
  const uses = (channel: string, keys: string[]) =>
    keys.map((key) => ({ $ref: `#/channels/${channel}/messages/${key}` }));
  return {
    asyncapi: '3.0.0',
    info: { title: 'Switchboard queues', version, description: ABOUT },
    defaultContentType: 'application/json',
    channels: {
      intake: {
        address: '{prefix}-intake',
        title: 'SQS queue of operations',
        messages: refs(names.intake),
        parameters: { prefix: PREFIX },
      },
      reply: {
        address: null,
        title: 'SQS queue that a message names in `replyTo`',
        messages: refs(['reply']),
      },
      events: {
        address: '{prefix}-events',
        title: 'SNS topic of events',
        messages: refs(names.events),
        parameters: { prefix: PREFIX },
      },
    },
    operations: {
      request: {
        action: 'receive',
        channel: { $ref: '#/channels/intake' },
        messages: uses('intake', names.intake),
        reply: {
          address: { location: '$message.payload#/replyTo' },
          channel: { $ref: '#/channels/reply' },
          messages: uses('reply', ['reply']),
        },
      },
      tell: {
        action: 'send',
        channel: { $ref: '#/channels/events' },
        messages: uses('events', names.events),
      },
    },
    components: { messages, schemas },
  };
}

const PREFIX = { description: 'QUEUE_PREFIX of the gateway', default: 'switchboard' };

const ABOUT = [
  'Operations by SQS instead of HTTP, judged by the same rules: API key, quota, permission, input. Delivery is at least',
  'once; an idempotencyKey (or else the SQS message id) makes a repeat do nothing twice. What cannot be read, or is',
  'refused without a reply queue, lies in `{prefix}-intake-dlq` with its reason, and without the API key.',
].join(' ');

/** The message attributes that filter policies of a subscription look at. */
const EVENT_ATTRIBUTES: Schema = {
  type: 'object',
  required: ['id', 'type', 'subscription'],
  properties: {
    id: { type: 'string', description: 'Of the event: what to deduplicate by' },
    type: { type: 'string', enum: Object.keys(EVENTS) },
    subscription: { type: 'string' },
    instance: { type: 'string', description: 'Absent for events of the account' },
  },
};

function eventSchema(type: string, data: Schema): Schema {
  return {
    type: 'object',
    required: ['id', 'type', 'timestamp', 'subscription', 'instance', 'seq', 'data'],
    properties: {
      id: { type: 'string', description: 'The same however often it comes' },
      type: { type: 'string', const: type },
      timestamp: { type: 'string', format: 'date-time' },
      subscription: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
      instance: {
        type: ['object', 'null'],
        required: ['id', 'name'],
        properties: { id: { type: 'string' }, name: { type: ['string', 'null'] } },
        description: 'null for events of the account',
      },
      seq: { type: 'integer', minimum: 1, description: 'Counts up per instance' },
      data,
      truncated: { type: 'boolean', description: 'SNS could not carry `data`: all but its messageId is left away' },
    },
  };
}

/** AsyncAPI keys are of letters, digits, `.`, `-` and `_`; dots read badly in references. */
function idOf(name: string): string {
  return name.replaceAll('.', '-').replaceAll('_', '-');
}

function permissionSentence(permission: string | null): string {
  return permission === null ? 'Not by API key, so refused here.' : `Needs the permission \`${permission}\`.`;
}

/** The example shows what must be there. */
function requiredOnly(schema: Schema): Schema {
  const { properties = {}, required = [] } = schema as { properties?: Schemas; required?: string[] };
  const kept = Object.entries(properties).filter(([name]) => required.includes(name));
  return {
    ...schema,
    properties: Object.fromEntries(
      kept.map(([name, part]) => [name, part.type === 'object' ? requiredOnly(part) : part]),
    ),
  };
}

/** `schemaOf` refers to components of a document; a schema of its own has definitions. */
function rebased(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')) as Schema;
}
