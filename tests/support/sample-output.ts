import * as z from 'zod';
import { OPERATIONS, type OperationName } from '../../lib/core/catalogue/operations.ts';

type Schema = z.core.JSONSchema.JSONSchema;

/** The least that an operation may answer, by its own schema. */
export function sampleOutput(operation: OperationName): unknown {
  return sampleOf(z.toJSONSchema(OPERATIONS[operation].output, { io: 'output', unrepresentable: 'any' }));
}

function sampleOf(schema: Schema): unknown {
  const { type, properties = {}, required = [], anyOf, enum: values, const: constant, examples } = schema;
  if (constant !== undefined) return constant;
  if (values) return values[0];
  if (anyOf) return anyOf.some((each) => (each as Schema).type === 'null') ? null : sampleOf(anyOf[0] as Schema);
  if (type === 'object') {
    return Object.fromEntries(required.map((field) => [field, sampleOf((properties[field] ?? {}) as Schema)]));
  }
  if (type === 'array') return [];
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'number') return schema.minimum ?? 0;
  return Array.isArray(examples) ? examples[0] : 'x';
}
