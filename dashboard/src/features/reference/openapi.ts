import { useQuery } from '@tanstack/react-query';

/** What the page reads of the API document. */
interface OpenApi {
  paths: Record<string, Record<string, DocumentedOperation>>;
  tags?: { name: string }[];
}

interface DocumentedOperation {
  operationId: string;
  summary: string;
  description?: string;
  tags?: string[];
  parameters?: { $ref?: string; name?: string; in?: string; description?: string; required?: boolean }[];
  requestBody?: { content?: Record<string, { example?: unknown }> };
  responses?: Record<string, { content?: Record<string, { example?: unknown }> }>;
  security?: object[];
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string | undefined;
  parameters: { name: string; in: string; description: string | undefined; required: boolean }[];
  body: unknown;
  /** Status and example of the usual good answer. */
  answer: { status: string; example: unknown } | undefined;
}

export interface Group {
  tag: string;
  operations: Operation[];
}

/** The operations of the document by tag, in its order. */
export function useReference() {
  return useQuery({
    queryKey: ['openapi'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async (): Promise<Group[]> => {
      const response = await fetch('/api/openapi.json');
      if (!response.ok) throw new Error(`the document answered ${response.status}`);
      return grouped((await response.json()) as OpenApi);
    },
  });
}

function grouped(document: OpenApi): Group[] {
  const groups = new Map<string, Operation[]>((document.tags ?? []).map(({ name }) => [name, []]));
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? '';
      const list = groups.get(tag) ?? [];
      list.push(operationOf(path, method, operation));
      groups.set(tag, list);
    }
  }
  return [...groups]
    .map(([tag, operations]) => ({ tag, operations }))
    .filter(({ operations }) => operations.length > 0);
}

function operationOf(path: string, method: string, operation: DocumentedOperation): Operation {
  const good = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith('2'));
  const named = (operation.parameters ?? []).filter((parameter) => parameter.name !== undefined);
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    summary: operation.summary,
    description: operation.description,
    parameters: named.map(({ name = '', in: place = '', description, required = false }) => ({
      ...{ name, in: place, description, required },
    })),
    body: operation.requestBody?.content?.['application/json']?.example,
    answer: good && { status: good[0], example: good[1].content?.['application/json']?.example },
  };
}

/** The operation as a command. */
export function commandOf({ method, path, body }: Operation): string {
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}'${location.origin}${path}'`];
  lines.push("  -H 'Authorization: Bearer YOUR_API_KEY'");
  if (body !== undefined) {
    lines.push("  -H 'Content-Type: application/json'", `  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(' \\\n');
}
