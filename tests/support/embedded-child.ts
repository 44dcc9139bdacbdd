/** A gateway's embedded services in a process of their own, to be killed: prints one line of JSON when they are up. */
import { startEmbedded } from '../../lib/core/adapters/local/start-embedded.ts';

const { env } = await startEmbedded({ dataDir: process.argv[2] as string, shardCount: 1 });
process.stdout.write(`${JSON.stringify(env)}\n`);
process.stdin.resume();
