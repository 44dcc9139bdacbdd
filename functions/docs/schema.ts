import * as z from 'zod';

/** A JSON Schema 2020-12, as OpenAPI 3.1 takes it. */
export type Schema = Record<string, unknown>;
export type Schemas = Record<string, Schema>;

const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/**
 * The JSON Schema of a zod schema: what is taken (`input`) or what is answered (`output`). Parts that have an id are
 * put into `components` and referred to.
 */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Schemas): Schema {
  const { $schema: _, $defs, ...made } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: tidy });
  for (const [id, part] of Object.entries($defs ?? {})) components[id] ??= hoisted(part as Schema) as Schema;
  return hoisted(made) as Schema;
}

/** What a reference points to; any other schema as it is. */
export function resolved(schema: Schema, components: Schemas): Schema {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').pop() : undefined;
  return name === undefined ? schema : ((components[name] as Schema) ?? {});
}

/** A value that the schema allows: of its own examples where it has some, else made from its parts. */
export function exampleOf(reference: Schema, components: Schemas): unknown {
  const schema = resolved(reference, components);
  if (Array.isArray(schema.examples)) return schema.examples[0];
  if ('const' in schema) return schema.const;
  if ('default' in schema) return schema.default;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const parts = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (parts) return exampleOf(parts[0] as Schema, components);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'object') {
    const properties = Object.entries((schema.properties ?? {}) as Schemas);
    return Object.fromEntries(properties.map(([name, part]) => [name, exampleOf(part, components)]));
  }
  if (type === 'array') return [exampleOf((schema.items ?? {}) as Schema, components)];
  if (type === 'integer' || type === 'number') return schema.minimum ?? 0;
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  return EXAMPLES[schema.format as string] ?? 'text';
}

const EXAMPLES: Record<string, string> = {
  'date-time': '2024-01-01T10:00:00.000Z',
  date: '2024-01-01',
  email: 'john@company.com',
  uri: 'https://example.com/',
};

/**
 * A format says it better than zod's pattern for it; zod's bounds of integers are those of the language. Examples of
 * what is transformed are lost on the input side otherwise.
 */
function tidy({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: Schema }): void {
  const examples = z.globalRegistry.get(zodSchema as z.ZodType)?.examples;
  if (Array.isArray(examples)) jsonSchema.examples ??= examples;
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.maximum === MAX_SAFE) delete jsonSchema.maximum;
  if (jsonSchema.minimum === -MAX_SAFE) delete jsonSchema.minimum;
}

function hoisted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hoisted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, part]) =>
      name === '$ref' && typeof part === 'string'
        ? [name, part.replace('#/$defs/', '#/components/schemas/')]
        : [name, hoisted(part)],
    ),
  );
}
