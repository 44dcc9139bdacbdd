import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { asyncDocument, intakeSchema } from '../../functions/docs/asyncapi.ts';
import { callerInput } from '../../lib/core/catalogue/caller-input.ts';
import { EVENTS } from '../../lib/core/catalogue/events.ts';
import { intakeMessage } from '../../lib/core/catalogue/intake.ts';
import { OPERATION_NAMES } from '../../lib/core/catalogue/operations.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { INTAKE_INPUTS } from '../support/intake-inputs.ts';

const document = JSON.parse(JSON.stringify(asyncDocument(packageJson.version)));
const stored = (name: string) => JSON.parse(readFileSync(resolve(import.meta.dirname, '../../docs', name), 'utf8'));
const ajv = new Ajv2020({ strict: false });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
const isMessage = ajv.compile(intakeSchema());

describe('the documents of the queues', () => {
  it('are what docs/ holds (npm run docs)', () => {
    expect(stored('asyncapi.json')).toEqual(document);
    expect(stored('intake.schema.json')).toEqual(JSON.parse(JSON.stringify(intakeSchema())));
  });

  it('name every operation and every event', () => {
    const names = Object.values(document.components.messages as Record<string, { name: string }>).map((m) => m.name);
    expect(names).toEqual([...OPERATION_NAMES, 'reply', ...Object.keys(EVENTS)]);
    expect(Object.keys(document.channels.intake.messages)).toHaveLength(OPERATION_NAMES.length);
  });

  it('resolve every reference', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      (match) => match[1] as string,
    );
    const target = (path: string) =>
      path.split('/').reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], document);
    expect(references.length).toBeGreaterThan(40);
    expect(references.filter((path) => target(path) === undefined)).toEqual([]);
  });

  it('have examples that the schema takes', () => {
    for (const { name, examples } of Object.values(
      document.components.messages as Record<string, { name: string; examples?: { payload: unknown }[] }>,
    )) {
      if (examples) expect([name, isMessage(examples[0]?.payload), isMessage.errors]).toEqual([name, true, null]);
    }
  });
});

describe.each(OPERATION_NAMES.map((operation) => ({ operation })))('$operation in a queue message', ({ operation }) => {
  const message = { apiKey: 'cs_x', operation, input: INTAKE_INPUTS[operation] };

  it('is taken by the schema and by the gateway alike', () => {
    expect([isMessage(message), isMessage.errors]).toEqual([true, null]);
    expect(intakeMessage.safeParse(message).success).toBe(true);
    expect(callerInput(operation).safeParse(message.input).success).toBe(true);
  });

  it('is refused by both with a field too many, and without its key', () => {
    const strange = { ...message.input, nobodyKnowsThis: 1 };
    expect(isMessage({ ...message, input: strange })).toBe(false);
    expect(callerInput(operation).safeParse(strange).success).toBe(false);
    const { apiKey: _, ...keyless } = message;
    expect(isMessage(keyless)).toBe(false);
    expect(intakeMessage.safeParse(keyless).success).toBe(false);
  });
});

it('a file is named by an address or an upload, never by a path', () => {
  const input = { to: '6281234567890', media: { path: '/etc/passwd' } };
  expect(isMessage({ apiKey: 'cs_x', operation: 'message.sendImage', input })).toBe(false);
  expect(callerInput('message.sendImage').safeParse(input).success).toBe(false);
  expect(callerInput('message.sendImage').safeParse({ ...input, media: { id: 'out_abc' } }).success).toBe(true);
});
