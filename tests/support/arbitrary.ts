import fc from 'fast-check';
import type * as z from 'zod';

type Any = fc.Arbitrary<unknown>;

/** What no schema is happy with, or what code behind it trips over. */
const HOSTILE: Any = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0, 1e308, '', ' ', [], {}, [null], { id: [] }, '\u0000', '../../etc/passwd'),
  fc.constantFrom('\ud800', '\u202eabc', 'a'.repeat(70_000), "' OR 1=1 --", '%00', '@g.us', '@'),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 2 }) as Any,
);

interface Definition {
  type: string;
  innerType?: z.ZodType;
  in?: z.ZodType;
  element?: z.ZodType;
  options?: z.ZodType[];
  shape?: Record<string, z.ZodType>;
  entries?: Record<string, string>;
  values?: unknown[];
  valueType?: z.ZodType;
}

/**
 * Values of a schema's shape, as a caller writes them: most fit it, some do not. `known` gives fields by their names
 * what means something where they are sent.
 */
export function arbitraryOf(schema: z.ZodType, known: Record<string, readonly unknown[]>, field?: string): Any {
  const good = fitting(schema, known, field);
  return fc.oneof({ arbitrary: good, weight: 24 }, { arbitrary: HOSTILE, weight: 1 });
}

function fitting(schema: z.ZodType, known: Record<string, readonly unknown[]>, field?: string): Any {
  const def = schema.def as unknown as Definition;
  const real = field === undefined ? undefined : known[field];
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'nullable':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
      return fitting(def.innerType as z.ZodType, known, field);
    case 'pipe':
      return fitting(def.in as z.ZodType, known, field);
    case 'object':
      return objectOf(def.shape ?? {}, known);
    case 'array':
      return fc.array(arbitraryOf(def.element as z.ZodType, known, field), { minLength: 1, maxLength: 3 });
    case 'union':
      return fc.oneof(...(def.options ?? []).map((option) => fitting(option, known, field)));
    case 'record':
      return fc.dictionary(fc.constantFrom('name', 'text'), fitting(def.valueType as z.ZodType, known));
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries ?? {}));
    case 'literal':
      return fc.constantFrom(...(def.values ?? []));
    case 'boolean':
      return fc.boolean();
    case 'number': {
      const { minValue, maxValue } = schema as z.ZodNumber;
      const min = Math.max(minValue ?? 0, -1_000_000_000);
      const max = Math.min(maxValue ?? 1_000_000, 1_000_000_000);
      return fc.oneof(fc.integer({ min: Math.ceil(min), max: Math.floor(max) }), fc.constantFrom(min, max, max + 1));
    }
    case 'string':
      return real ? fc.constantFrom(...real) : textOf(schema as z.ZodString);
    default:
      return HOSTILE;
  }
}

function objectOf(shape: Record<string, z.ZodType>, known: Record<string, readonly unknown[]>): Any {
  const fields = Object.entries(shape).map(([name, field]) => [name, arbitraryOf(field, known, name)] as const);
  const isOptional = ([name]: readonly [string, Any]) => (shape[name] as z.ZodType).safeParse(undefined).success;
  const requiredKeys = fields.filter((entry) => !isOptional(entry)).map(([name]) => name);
  return fc.record(Object.fromEntries(fields), { requiredKeys });
}

function textOf({ minLength, maxLength, format }: z.ZodString): Any {
  if (format === 'datetime') return fc.constantFrom('2026-05-01T09:30:00+02:00', '2026-02-30T00:00:00Z', 'tomorrow');
  const min = minLength ?? 0;
  const max = Math.max(min, Math.min(maxLength ?? 40, 40));
  return fc.string({ unit: 'grapheme', minLength: min, maxLength: max });
}
