/** `{{name}}`: letters, digits, `_`, `.` and `-`. What stands for it is not looked into again. */
const VARIABLE = /\{\{\s*([A-Za-z_][A-Za-z0-9_.-]{0,63})\s*\}\}/g;
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** A message as it was written down for later use, shared by the subscription. */
export interface Template {
  tenantId: string;
  /** Unique in the tenant without regard to case. */
  name: string;
  /** As the caller wrote it: `type` and the fields of that message, with `{{variables}}`. */
  message: { type: string } & Record<string, unknown>;
  createdAtMs: number;
  updatedAtMs: number;
}

/** The variables of every text in a value, each once, in their order. */
export function variablesOf(value: unknown): string[] {
  const found = new Set<string>();
  mapTexts(value, (text) => {
    for (const [, name] of text.matchAll(VARIABLE)) found.add(name as string);
    return text;
  });
  return [...found];
}

/** The value with its variables filled in. `missing`: those that nothing stands for. */
export function fillIn<T>(value: T, variables: Readonly<Record<string, string>>): { filled: T; missing: string[] } {
  const missing = new Set<string>();
  const filled = mapTexts(value, (text) =>
    text.replace(VARIABLE, (whole, name: string) => {
      if (Object.hasOwn(variables, name)) return variables[name] as string;
      missing.add(name);
      return whole;
    }),
  ) as T;
  return { filled, missing: [...missing] };
}

export function hasVariables(text: unknown): boolean {
  return typeof text === 'string' && text.search(VARIABLE) >= 0;
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
