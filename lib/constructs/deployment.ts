import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';

/** Fargate's sizes that a runner may have: CPU units, and the memory in MiB that goes with them. */
const MEMORY_OF_CPU: Record<number, readonly number[]> = {
  256: [512, 1024, 2048],
  512: range(1024, 4096, 1024),
  1024: range(2048, 8192, 1024),
  2048: range(4096, 16_384, 1024),
  4096: range(8192, 30_720, 1024),
};

const LOG_DAYS = Object.values(RetentionDays).filter((days): days is RetentionDays => Number(days) <= 3_653);

const runner = z
  .strictObject({
    cpu: z.coerce.number().default(256),
    memoryMiB: z.coerce.number().default(512),
    /** The least that are at work; more come as sessions need them. Two, so that one may go at any time. */
    count: whole(1, 200).default(2),
    maxCount: whole(1, 200).default(20),
    /** How many percent of the tasks above the first one run on Fargate Spot: a runner may go at any time. */
    spotPercent: whole(0, 100).default(100),
  })
  .superRefine(({ cpu, memoryMiB, count, maxCount }, context) => {
    if (maxCount < count) context.addIssue({ code: 'custom', path: ['maxCount'], message: 'must be count or more' });
    const sizes = MEMORY_OF_CPU[cpu];
    if (!sizes) {
      const message = `must be one of Fargate's: ${Object.keys(MEMORY_OF_CPU).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['cpu'], message });
    } else if (!sizes.includes(memoryMiB)) {
      const message = `must be, with cpu ${cpu}, one of ${sizes.join(', ')}`;
      context.addIssue({ code: 'custom', path: ['memoryMiB'], message });
    }
  })
  .prefault({});

const retention = z
  .strictObject({
    logDays: z.coerce
      .number()
      .refine((days) => LOG_DAYS.includes(days), `must be one of CloudWatch's: ${LOG_DAYS.join(', ')}`)
      .default(30),
    auditDays: whole(1, 3_650).default(365),
    /** Files of messages; what is older is deleted. */
    mediaDays: whole(1, 3_650).default(30),
  })
  .prefault({});

const domain = z.strictObject({
  name: z.hostname('must be a host name, such as gateway.example.com'),
  certificateArn: z
    .string()
    .regex(/^arn:aws:acm:us-east-1:\d{12}:certificate\/[\w-]+$/, 'must be the ARN of a certificate in us-east-1'),
  /** With a hosted zone of Route 53 the records are made, too. */
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]+$/, 'must be the id of a hosted zone, such as Z0123456789ABC')
    .optional(),
  /** Only with `hostedZoneId`. */
  zoneName: z.hostname('must be the domain of the hosted zone, such as example.com').optional(),
});

const vpc = z.strictObject({
  id: z.string().regex(/^vpc-[0-9a-f]+$/, 'must be the id of a VPC, such as vpc-0a1b2c'),
  availabilityZones: z.array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'must be like us-east-1a')).min(1),
  /** One per zone, in the same order, with a route to the internet. */
  publicSubnetIds: z.array(z.string().regex(/^subnet-[0-9a-f]+$/, 'must be like subnet-0a1b2c')).min(1),
});

const schema = z
  .strictObject({
    stage: z
      .string('must be a name for this deployment, such as prod')
      .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 of a-z, 0-9 and -, beginning with a letter'),
    region: z
      .string('must be an AWS region, such as us-east-1')
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region, such as us-east-1'),
    shards: whole(1, 256).default(8),
    runner,
    registration: z
      .enum(['open', 'first', 'closed'], 'must be open, first (only while there is no account) or closed')
      .default('first'),
    /** Administrators may stop and restart all runners: only where there is one organisation. */
    fleetControl: z.union([z.boolean(), z.stringbool()], 'must be true or false').default(false),
    retention,
    /** Hears of alarms; SNS asks the address once whether it wants to. */
    alarmEmail: z.email('must be an e-mail address').optional(),
    domain: domain.optional(),
    /** `managed` makes a web ACL with AWS's common rules (only in us-east-1); an ARN names one that is there. */
    waf: z
      .string()
      .regex(
        /^(off|managed|arn:aws:wafv2:us-east-1:\d{12}:global\/.+)$/,
        'must be off, managed, or the ARN of a global web ACL in us-east-1',
      )
      .default('off'),
    /** Runners go into this one instead of one of their own. */
    vpc: vpc.optional(),
    /** Other web origins that may call from a browser. */
    webOrigins: z
      .array(z.url({ protocol: /^https$/, error: 'must be like https://dashboard.example.com' }))
      .default([]),
    /** A sandbox network (`npm run sandbox`) that runners and Lambdas reach; without it there are no test instances. */
    sandboxUrl: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).optional(),
  })
  .superRefine((deployment, context) => {
    const wrong = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (deployment.waf === 'managed' && deployment.region !== 'us-east-1') {
      wrong(['waf'], 'managed needs region us-east-1; elsewhere give the ARN of a global web ACL');
    }
    const { vpc: own, domain: name } = deployment;
    if (own && own.availabilityZones.length !== own.publicSubnetIds.length) {
      wrong(['vpc', 'publicSubnetIds'], 'must name one subnet per availability zone');
    }
    if (name && (name.hostedZoneId === undefined) !== (name.zoneName === undefined)) {
      wrong(['domain', 'zoneName'], 'goes with hostedZoneId: give both or neither');
    }
  });

/** What the operator chooses. */
export type Deployment = z.output<typeof schema>;

/**
 * Reads what `deployment.json` and the context say; the context goes before, with dots for what lies deeper
 * (`-c runner.count=4`).
 * @throws Error that says of every wrong value what to write
 */
export function readDeployment(file: unknown, context: (key: string) => unknown): Deployment {
  const given = structuredClone(file) as Record<string, unknown>;
  for (const path of PATHS) {
    const value = context(path.join('.'));
    if (value !== undefined) put(given, path, value);
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const names = issue.keys.map((key) => [...issue.path, key].join('.')).join(', ');
      return `  ${names}: there is no such setting`;
    }
    return `  ${issue.path.join('.') || '(the file)'}: ${issue.message}`;
  });
  throw new Error(`deployment.json, or the context, is not valid:\n${lines.join('\n')}`);
}

/** Settings that the context may give: one value each. */
const PATHS: readonly (readonly string[])[] = [
  ...Object.entries(schema.shape)
    .filter(([name]) => !['runner', 'retention', 'domain', 'vpc', 'webOrigins'].includes(name))
    .map(([name]) => [name]),
  ...['cpu', 'memoryMiB', 'count', 'maxCount', 'spotPercent'].map((name) => ['runner', name]),
  ...['logDays', 'auditDays', 'mediaDays'].map((name) => ['retention', name]),
  ...['name', 'certificateArn', 'hostedZoneId', 'zoneName'].map((name) => ['domain', name]),
];

function put(target: Record<string, unknown>, [name, ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) target[name as string] = value;
  else {
    const inner = { ...(target[name as string] as Record<string, unknown> | undefined) };
    put(inner, rest, value);
    target[name as string] = inner;
  }
}

/**
 * Of a session that is linked and idle, and of a runner without any, as measured (npm run bench), nearly doubled. CPU
 * (npm run soak): 0.07 % of a core for an idle session, 18 ms for a message; 200 with a hundred messages a day each take
 * a sixth of a core, and have the rest for hours that are busier and for coming back all at once.
 */
const MIB_PER_SESSION = 9;
const RUNNER_MIB = 150;
const SESSIONS_PER_VCPU = 200;

/** How many sessions a runner of a size carries well. */
export function sessionsPerRunner({ cpu, memoryMiB }: Pick<Deployment['runner'], 'cpu' | 'memoryMiB'>): number {
  return Math.floor(Math.min((memoryMiB - RUNNER_MIB) / MIB_PER_SESSION, (cpu / 1024) * SESSIONS_PER_VCPU));
}

function whole(min: number, max: number) {
  const sentence = `must be ${min} to ${max}`;
  return z.coerce.number(sentence).int(sentence).min(min, sentence).max(max, sentence);
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, n) => from + n * step);
}
