/**
 * `npm run docs`: writes the API document, the Postman collection and the cURL lines made from it, the page of all
 * operations, and the documents of the queues. A test fails when they are stale.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { asyncDocument, intakeSchema } from '../functions/docs/asyncapi.ts';
import { curlPage } from '../functions/docs/curl.ts';
import { gatewayDocument } from '../functions/docs/document.ts';
import { operationsPage } from '../functions/docs/operations.ts';
import { postmanCollection } from '../functions/docs/postman.ts';
import packageJson from '../package.json' with { type: 'json' };

const folder = resolve(import.meta.dirname, '../docs');
const document = gatewayDocument(packageJson.version);

await mkdir(folder, { recursive: true });
await writeFile(resolve(folder, 'openapi.json'), `${JSON.stringify(document, null, 2)}\n`);
await writeFile(resolve(folder, 'postman.json'), `${JSON.stringify(postmanCollection(document), null, 2)}\n`);
await writeFile(resolve(folder, 'curl.md'), curlPage(document));
await writeFile(resolve(folder, 'asyncapi.json'), `${JSON.stringify(asyncDocument(packageJson.version), null, 2)}\n`);
await writeFile(resolve(folder, 'operations.md'), operationsPage());
await writeFile(resolve(folder, 'intake.schema.json'), `${JSON.stringify(intakeSchema(), null, 2)}\n`);
console.log(`docs/openapi.json and docs/postman.json: ${Object.keys(document.paths).length} paths`);
