/** `npm run cost`: what a deployment costs a month; `npm run cost -- --write` puts the table into DEPLOY.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import data from './cost.json' with { type: 'json' };
import { costTable, WATCHED } from './cost-model.ts';

const DEPLOY = join(import.meta.dirname, '../DEPLOY.md');
const table = costTable(data, WATCHED);
console.log(`USD a month, from bin/cost.json:\n\n${table}`);
if (process.argv.includes('--write')) {
  const text = readFileSync(DEPLOY, 'utf8');
  const [before, after] = [text.indexOf('<!-- cost -->'), text.indexOf('<!-- /cost -->')];
  writeFileSync(DEPLOY, `${text.slice(0, before)}<!-- cost -->\n${table}\n${text.slice(after)}`);
}
