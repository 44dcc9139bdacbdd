import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { PasswordHasher } from '../../ports/credentials.ts';

interface Cost {
  memoryKib: number;
  passes: number;
  parallelism: number;
}

/** OWASP's first choice for argon2id. */
const COST: Cost = { memoryKib: 19_456, passes: 2, parallelism: 1 };
/** A stored hash decides the cost of its own verification; beyond this it is not one of ours. */
const MAX_COST: Cost = { memoryKib: 262_144, passes: 10, parallelism: 8 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;

const derive = promisify(argon2);

/** argon2id with PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`. */
export function createPasswordHasher(): PasswordHasher {
  const nobody = format(randomBytes(SALT_BYTES), randomBytes(TAG_BYTES));
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return format(salt, await run(password, salt, TAG_BYTES, COST));
    },
    async verify(password, storedHash) {
      const known = parse(storedHash ?? nobody);
      const stored = known ?? (parse(nobody) as ParsedHash);
      const tag = await run(password, stored.salt, stored.tag.length, stored.cost);
      return timingSafeEqual(tag, stored.tag) && known !== undefined && storedHash !== undefined;
    },
  };
}

function run(password: string, salt: Buffer, tagLength: number, cost: Cost): Promise<Buffer> {
  return derive('argon2id', {
    message: Buffer.from(password.normalize('NFKC')),
    nonce: salt,
    tagLength,
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.parallelism,
  });
}

function format(salt: Buffer, tag: Buffer): string {
  const { memoryKib, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

interface ParsedHash {
  cost: Cost;
  salt: Buffer;
  tag: Buffer;
}

function parse(phc: string): ParsedHash | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(phc);
  if (!match) return undefined;
  const [memoryKib, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (memoryKib > MAX_COST.memoryKib || passes > MAX_COST.passes || parallelism > MAX_COST.parallelism) {
    return undefined;
  }
  return {
    cost: { memoryKib, passes, parallelism },
    salt: Buffer.from(match[4] as string, 'base64'),
    tag: Buffer.from(match[5] as string, 'base64'),
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
