import type { SpawnedEntry } from '../bin/spawn.ts';
import { register } from '../tests/support/client.ts';
import { paced, percentile, report } from './figures.ts';

const PER_SECOND = 50;
const SECONDS = 30;
const WARM_UP = 200;
const INSTANCES = 5;

interface Sample {
  what: string;
  ms: number;
}

/** Management routes, reads and writes by turns, against `npm start` in a process of its own. */
export async function measureApi(gateway: SpawnedEntry): Promise<void> {
  console.log(`\nManagement routes (${PER_SECOND} requests/s for ${SECONDS} s, ${INSTANCES} instances)`);
  const user = await register(gateway.url);
  const names = Array.from({ length: INSTANCES }, (_, i) => `bench-${i}`);
  for (const name of names) await user.must('POST', '/api/instances', { name, environment: 'test' });
  const key = (await user.must('POST', '/api/instances/bench-0/keys', { name: 'bench', permissions: ['message:read'] }))
    .body.data.id;
  const routes: [string, (turn: number) => Promise<unknown>][] = [
    ['GET /api/auth/me', () => user.must('GET', '/api/auth/me')],
    ['GET /api/instances', () => user.must('GET', '/api/instances')],
    ['GET /api/instances/:name', (turn) => user.must('GET', `/api/instances/${names[turn % INSTANCES]}`)],
    ['GET /api/instances/:name/status', (turn) => user.must('GET', `/api/instances/${names[turn % INSTANCES]}/status`)],
    ['GET /api/instances/:name/keys', () => user.must('GET', '/api/instances/bench-0/keys')],
    ['GET /api/users', () => user.must('GET', '/api/users')],
    ['GET /api/subscription/usage', () => user.must('GET', '/api/subscription/usage')],
    ['GET /api/audit/logs', () => user.must('GET', '/api/audit/logs')],
    ['PUT /api/profile', (turn) => user.must('PUT', '/api/profile', { name: `Ann ${turn}` })],
    [
      'PUT /api/instances/:name/keys/:keyId',
      (turn) => user.must('PUT', `/api/instances/bench-0/keys/${key}`, { rateLimit: 100 + (turn % 50) }),
    ],
  ];
  const run = (count: number): Promise<Sample[]> =>
    paced(count, 1000 / PER_SECOND, async (index) => {
      const [what, call] = routes[index % routes.length] as (typeof routes)[number];
      const startMs = performance.now();
      await call(Math.floor(index / routes.length));
      return { what, ms: performance.now() - startMs };
    });
  await run(WARM_UP);
  const samples = await run(PER_SECOND * SECONDS);
  const all = samples.map(({ ms }) => ms);
  report('all, p50', `${percentile(all, 0.5).toFixed(1)} ms`, 'bar: 8 ms');
  report('all, p99', `${percentile(all, 0.99).toFixed(1)} ms`, 'bar: 40 ms');
  for (const [what] of routes) {
    const own = samples.filter((sample) => sample.what === what).map(({ ms }) => ms);
    report(`    ${what}`, `${percentile(own, 0.5).toFixed(1)} / ${percentile(own, 0.99).toFixed(1)} ms`, 'p50 / p99');
  }
}
