import type * as z from 'zod';
import { callerInput } from '../../lib/core/catalogue/caller-input.ts';
import { OPERATION_NAMES, OPERATIONS, type OperationName } from '../../lib/core/catalogue/operations.ts';
import { nativeDialect } from '../dialects/native/index.ts';

const HEAD = `# Operations

Everything that can be asked of a session, family by family; made from the catalogue by \`npm run docs\`. The name is
\`operation\` of a queue message ([queues](queues.md)), whose \`input\` has the fields shown (\`?\`: may be left out); by HTTP,
what the path does not say is in the body or the query, and a file (\`media\`) has the name of its kind ([files](media.md)).
Types, limits and examples: [\`openapi.json\`](openapi.json), [\`intake.schema.json\`](intake.schema.json).

**When it breaks off.** If the runner dies or the connection breaks before WhatsApp's answer, nobody knows whether WhatsApp
acted. Then an operation is done *again*, where a second time changes nothing; again with the *same id*, which everybody's
client shows once; or *reported*: it ends as \`unknown\` and is not repeated.

**What people see.** Lists and buttons are numbered texts unless \`fallback\` is \`native\`, since WhatsApp shows the native
ones of linked devices when it likes ([messages](messages.md#lists-and-buttons)). Albums, events, polls, pinned messages and
edits are shown by clients that know them; older ones say that an update is needed. Labels are shown by the Business app
alone. Typing, presence and "read" are shown as far as the other's and the own privacy settings let them be.
`;

const AGAIN = { repeat: 'again', 'repeat-same-id': 'same id', report: 'reported' } as const;

/** A page in Markdown: each operation with its routes, fields, permission and what a repeat may do. */
export function operationsPage(): string {
  const families = Object.entries(Object.groupBy(OPERATION_NAMES, (name) => OPERATIONS[name].tag));
  const sections = families.map(([tag, names = []]) => {
    const lines = names.map((name) => `| ${[`\`${name}\``, summaryOf(name), ...cellsOf(name)].join(' | ')} |`);
    const title = `${tag.charAt(0).toUpperCase()}${tag.slice(1)}`;
    return [
      `## ${title}\n`,
      '| Operation | | Route | Input | Permission | Breaks off |',
      '|---|---|---|---|---|---|',
      ...lines,
    ].join('\n');
  });
  return `${[HEAD, ...sections].join('\n')}\n`.replace(/\n## /g, '\n\n## ').replace(/\n{3,}/g, '\n\n');
}

function summaryOf(name: OperationName): string {
  return OPERATIONS[name].summary.replaceAll('|', '\\|');
}

function cellsOf(name: OperationName): string[] {
  const { permission, onAmbiguity } = OPERATIONS[name];
  const routes = nativeDialect.routes
    .filter(({ op }) => op === name)
    .map(({ method, path }) => `\`${method} ${path}\``);
  return [
    routes.join('<br>') || 'of the session itself',
    fieldsOf(name) || '–',
    permission === null ? 'a signed-in user' : `\`${permission}\``,
    AGAIN[onAmbiguity],
  ];
}

function fieldsOf(name: OperationName): string {
  const { shape } = callerInput(name) as z.ZodObject;
  return Object.entries(shape)
    .map(([field, schema]) => `\`${field}${(schema as z.ZodType).safeParse(undefined).success ? '?' : ''}\``)
    .join(' ');
}
