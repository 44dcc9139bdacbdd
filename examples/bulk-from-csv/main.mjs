// Sends a message to everybody in a CSV. See README.md.
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

const url = process.env.SWITCHBOARD_URL ?? 'http://127.0.0.1:3000';
const [file = new URL('people.csv', import.meta.url), output = 'results.csv'] = process.argv.slice(2);
const authorization = `Bearer ${process.env.API_KEY}`;

async function call(method, path, body, headers = {}) {
  const response = await fetch(`${url}/api/messages/bulk${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${answer.error}: ${answer.message}`);
  return answer.data;
}

const request = {
  title: 'Orders on their way',
  message: { type: 'text', text: 'Hello {{name}}, order {{order}} is on its way.' },
  csv: await readFile(file, 'utf8'),
  pacing: { perSecond: Number(process.env.PER_SECOND ?? 1) },
  skipUnregistered: true,
  skipInvalid: true,
};

const preview = await call('POST', '/preview', request);
for (const { line, path, message } of preview.errors) console.log(`line ${line}: ${path} ${message}`);
console.log(`valid:   ${preview.valid} of ${preview.total}`);
if (preview.valid === 0) process.exit(1);
console.log(`sample:  ${preview.samples[0].message.text}`);

// The same key again would answer with the same bulk: a program that is not sure whether it was accepted may repeat it.
const { bulkId } = await call('POST', '', request, { 'idempotency-key': randomUUID() });
let shown = '';
for (;;) {
  const { status, counts } = await call('GET', `/${bulkId}`);
  const line = `${status.toLowerCase()}: ${counts.sent} sent, ${counts.failed} failed, ${counts.skipped} skipped`;
  if (line !== shown) console.log(line);
  shown = line;
  if (status === 'COMPLETED' || status === 'CANCELLED') break;
  await new Promise((wake) => setTimeout(wake, 500));
}

const results = await fetch(`${url}/api/messages/bulk/${bulkId}/results.csv`, { headers: { authorization } });
await writeFile(output, await results.text());
console.log(`results: ${output}`);
