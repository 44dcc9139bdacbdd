import { type DocumentedOperation, type OpenApiDocument, operationsOf } from './openapi.ts';
import { exampleOf, type Schema } from './schema.ts';

/** Where the lines of the page call. */
export const CURL_ORIGIN = 'http://127.0.0.1:3000';

const ABOUT = [
  '# Every operation as a cURL line',
  "Written by `npm run docs` from `openapi.json`. Paste a line into a shell, into *Import cURL* of n8n's HTTP Request node,",
  'or into the address bar of Postman or Insomnia. `TOKEN` is the token of a signed-in user, `API_KEY` an API key; names,',
  'ids and bodies are examples, with every field that there is: leave away what you do not need.',
];

/** The page of all operations, by tag. */
export function curlPage(document: OpenApiDocument): string {
  const byTag = Object.groupBy(operationsOf(document), ({ operation }) => operation.tags[0] as string);
  const sections = Object.entries(byTag).flatMap(([tag, operations = []]) => [
    `\n## ${tag}`,
    ...operations.map((one) => `\n### ${one.operation.summary}\n\n\`\`\`sh\n${curlOf(document, one)}\n\`\`\``),
  ]);
  const [title, ...about] = ABOUT;
  return `${[title, '', ...about, ...sections].join('\n')}\n`;
}

/** One operation as a cURL line: what it must have, and the document's example as its body. */
export function curlOf(
  document: OpenApiDocument,
  { method, path, operation, parameters }: DocumentedOperation,
): string {
  const asText = ({ example, schema }: Schema) =>
    encodeURIComponent(String(example ?? exampleOf(schema as Schema, document.components.schemas)));
  const given = parameters.filter(({ required }) => required);
  const pathname = given
    .filter((parameter) => parameter.in === 'path')
    .reduce((made, parameter) => made.replace(`{${parameter.name}}`, asText(parameter)), path);
  const query = given
    .filter((parameter) => parameter.in === 'query')
    .map((parameter, i) => `${i === 0 ? '?' : '&'}${parameter.name}=${asText(parameter)}`);
  const body = operation.requestBody?.content['application/json']?.example;
  const [security] = operation.security;
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(CURL_ORIGIN + [pathname, ...query].join(''))}`,
    ...(security ? [`-H 'Authorization: Bearer ${'accessToken' in security ? 'TOKEN' : 'API_KEY'}'`] : []),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body))}`]),
  ].join(' \\\n  ');
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
