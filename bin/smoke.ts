/**
 * `npm run smoke -- URL`: whether a gateway works, over HTTP alone: register → test instance → scan → send → delivered
 * → webhook → clean up. Works against a deployed gateway and against one on this machine.
 *
 *   --email, --password   an account that is there, where registration is closed
 *   --webhook URL         where the gateway may deliver to; by default the gateway's own health route, by POST, whose
 *                         refusal shows in the delivery log that the call was made
 */
import { parseArgs } from 'node:util';
import { SmokeError, smoke } from './smoke-steps.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { email: { type: 'string' }, password: { type: 'string' }, webhook: { type: 'string' } },
});
const [url] = positionals;
if (url === undefined || !URL.canParse(url) || (values.email === undefined) !== (values.password === undefined)) {
  console.error('npm run smoke -- URL [--email E --password P] [--webhook URL]');
  process.exit(2);
}
try {
  await smoke(url, { ...values, say: (line) => console.log(line) });
  console.log('\nVERDICT: works.');
} catch (error) {
  console.log(`\nVERDICT: ${error instanceof SmokeError ? error.message : `broken: ${(error as Error).message}`}`);
  process.exitCode = 1;
}
