/**
 * `npm run client`: writes the typed client from the API document and builds `clients/typescript` for publishing. What is
 * generated is not kept in the repository, so it cannot be stale.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { generateSource } from 'oazapfts';

const ROOT = resolve(import.meta.dirname, '..');
const folder = join(ROOT, 'clients/typescript');

await rm(join(folder, 'dist'), { recursive: true, force: true });
const source = await generateSource(join(ROOT, 'docs/openapi.json'), {});
await writeFile(join(folder, 'src/api.ts'), source);
execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'inherit' });
const operations = source.match(/^export function /gm)?.length ?? 0;
console.log(`clients/typescript: ${operations} operations, ${readFileSync(join(folder, 'dist/api.js')).length} bytes`);
