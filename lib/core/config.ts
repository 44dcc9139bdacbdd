import * as z from 'zod';

/** Names of the environment variables. The CDK constructs set them and import them from here; nobody else spells them. */
export const ENV = {
  stage: 'SWITCHBOARD_STAGE',
  region: 'AWS_REGION',
  mainTable: 'MAIN_TABLE',
  keysTable: 'KEYS_TABLE',
  queuePrefix: 'QUEUE_PREFIX',
  dynamoEndpoint: 'DYNAMODB_ENDPOINT',
  sqsEndpoint: 'SQS_ENDPOINT',
  s3Endpoint: 'S3_ENDPOINT',
  mediaBucket: 'MEDIA_BUCKET',
  publicUrl: 'PUBLIC_URL',
  shardCount: 'SHARD_COUNT',
  jwtSecrets: 'JWT_SECRETS',
  jwtSecretsArn: 'JWT_SECRETS_ARN',
  sealSecrets: 'SEAL_SECRETS',
  sealSecretsArn: 'SEAL_SECRETS_ARN',
  edgeSecret: 'EDGE_SECRET',
  edgeSecretArn: 'EDGE_SECRET_ARN',
  sessionKmsKey: 'SESSION_KMS_KEY',
  registration: 'REGISTRATION',
  auditRetentionDays: 'AUDIT_RETENTION_DAYS',
  trustedProxy: 'TRUSTED_PROXY',
  webOrigins: 'WEB_ORIGINS',
  liveEndpoint: 'LIVE_ENDPOINT',
  sandboxUrl: 'SANDBOX_URL',
  outboundAllowHttp: 'OUTBOUND_ALLOW_HTTP',
  outboundAllowLoopback: 'OUTBOUND_ALLOW_LOOPBACK',
  outboundPorts: 'OUTBOUND_PORTS',
  intakeReplyQueues: 'INTAKE_REPLY_QUEUES',
  eventTopic: 'EVENT_TOPIC',
  logLevel: 'LOG_LEVEL',
  waVersionLookup: 'WA_VERSION_LOOKUP',
  runnerHost: 'RUNNER_HOST',
  runnerPort: 'RUNNER_PORT',
  rebalanceCoolDownSeconds: 'REBALANCE_COOL_DOWN_SECONDS',
  rebalanceEverySeconds: 'REBALANCE_EVERY_SECONDS',
  drainSeconds: 'DRAIN_SECONDS',
  keyFile: 'KEY_FILE',
  mediaDir: 'MEDIA_DIR',
  ecsCluster: 'ECS_CLUSTER',
  ecsService: 'ECS_SERVICE',
  ecsEndpoint: 'ECS_ENDPOINT',
  minRunners: 'MIN_RUNNERS',
  maxRunners: 'MAX_RUNNERS',
  sessionsPerRunner: 'SESSIONS_PER_RUNNER',
  fleetControl: 'FLEET_CONTROL',
} as const;

/** The longest that a runner may take to drain; ECS kills it some seconds later. */
export const MAX_DRAIN_SECONDS = 100;

/** Where nobody said another one: not on AWS. */
export const LOCAL_STAGE = 'local';

const secretList = z.string().transform((value) => value.split(','));
const secretArn = z.string().regex(/^arn:[\w-]+:secretsmanager:/, 'must be the ARN of a secret');

const schema = z.object({
  stage: z.string().default(LOCAL_STAGE),
  region: z.string().default('us-east-1'),
  mainTable: z.string().min(3).default('switchboard-main'),
  keysTable: z.string().min(3).default('switchboard-session-keys'),
  queuePrefix: z.string().min(1).default('switchboard'),
  dynamoEndpoint: z.url().optional(),
  sqsEndpoint: z.url().optional(),
  s3Endpoint: z.url().optional(),
  /** The bucket of files that are sent and received; on one machine they lie in the data folder. */
  mediaBucket: z.string().min(3).optional(),
  /** How callers reach the API (`https://api.example.com`): links to received files begin with it. */
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  /** Shards that new instances are spread over; an instance keeps the shard it was given. */
  shardCount: z.coerce.number().int().min(1).max(1024).default(16),
  /** HS256 secrets: the first signs, all verify. At least 32 characters each, comma-separated. */
  jwtSecrets: secretList.pipe(z.array(z.string().min(32)).min(1)),
  /** Seal what is stored to be read again: the first seals, all open, and so do `jwtSecrets`, which once did. */
  sealSecrets: secretList.pipe(z.array(z.string().min(32))).default([]),
  /** Told by CloudFront with each request; where it is set, requests without it are refused. */
  edgeSecret: z.string().min(32).optional(),
  /** Secrets of AWS Secrets Manager that hold the values of the variables of like names. */
  jwtSecretsArn: secretArn.optional(),
  sealSecretsArn: secretArn.optional(),
  edgeSecretArn: secretArn.optional(),
  /** The KMS key that wraps the data keys of sessions. */
  sessionKmsKey: z.string().min(1).optional(),
  /** `open`, `first` (only while there is no account) or `closed`. */
  registration: z.enum(['open', 'first', 'closed']).default('open'),
  /** How long audit entries are kept. */
  auditRetentionDays: z.coerce.number().int().min(1).max(3_650).default(365),
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed; none by default. */
  trustedProxy: z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))),
  /** Web origins (`https://dashboard.example.com`) that may call from a browser, comma-separated; none by default. */
  webOrigins: z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(
      z.array(
        z
          .url({ protocol: /^https?$/ })
          .refine(
            (value) => URL.parse(value)?.origin === value,
            'must be origins, such as https://dashboard.example.com',
          ),
      ),
    ),
  /** Where API Gateway takes what is sent over its WebSockets: `https://<api>.execute-api.<region>…/<stage>`. */
  liveEndpoint: z.url().optional(),
  /** HTTP base of the sandbox network; without it instances of environment `test` are refused. */
  sandboxUrl: z.url().optional(),
  /** Call plain http addresses that callers name (media, webhooks). */
  outboundAllowHttp: z.stringbool().default(false),
  /** Call addresses on this machine that callers name; only where the machine is one person's. */
  outboundAllowLoopback: z.stringbool().default(false),
  /** Ports besides 443 that may be called, comma-separated. */
  outboundPorts: z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .filter((part) => part.trim() !== '')
        .map(Number),
    )
    .pipe(z.array(z.int().min(1).max(65_535))),
  /** Names or URLs of queues that answers to queue messages may go to, besides those named as reply queues. */
  intakeReplyQueues: z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    ),
  /** The SNS topic that every event is published to: `off`, its ARN, or `on` to make one where it is missing. */
  eventTopic: z
    .union([z.enum(['off', 'on']), z.string().regex(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/)])
    .default('off'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Ask WhatsApp for its current web version before a live connect. */
  waVersionLookup: z.stringbool().default(true),
  /** Where a runner answers health checks and scrapes; port 0 takes any free one. */
  runnerHost: z.string().min(1).default('127.0.0.1'),
  runnerPort: z.coerce.number().int().min(0).max(65_535).default(9_464),
  /** Shards do not move for balance alone until the runners have been the same for this long; then one at a time. */
  rebalanceCoolDownSeconds: z.coerce.number().min(0).max(86_400).default(60),
  rebalanceEverySeconds: z.coerce.number().min(0).max(86_400).default(10),
  /** A runner that is stopped ends after this time at the latest: less where less is waited for it than ECS does. */
  drainSeconds: z.coerce.number().min(1).max(MAX_DRAIN_SECONDS).default(MAX_DRAIN_SECONDS),
  /** The file that wraps the data keys of sessions, where there is no KMS. */
  keyFile: z.string().min(1).optional(),
  /** Folder of the files of requests, where there is no S3. */
  mediaDir: z.string().min(1).optional(),
  /** The ECS service that the runners are. */
  ecsCluster: z.string().min(1).optional(),
  ecsService: z.string().min(1).optional(),
  ecsEndpoint: z.url().optional(),
  /** Bounds of the number of runners, and how many sessions one of them carries well. */
  minRunners: z.coerce.number().int().min(0).max(1_000).default(2),
  maxRunners: z.coerce.number().int().min(1).max(1_000).default(20),
  sessionsPerRunner: z.coerce.number().int().min(1).max(10_000).default(125),
  /** Administrators of a subscription may restart and stop all runners: where it is the only subscription. */
  fleetControl: z.stringbool().default(false),
});

/** A runner signs nobody in, so it never gets the secrets for that. */
const runnerSchema = schema.omit({ jwtSecrets: true });

export type Config = z.output<typeof schema>;
export type RunnerConfig = z.output<typeof runnerSchema>;
export type ConfigKey = keyof typeof ENV;

/**
 * Parses the environment once per process.
 * @throws Error that names every wrong variable and what is expected of it
 */
export function readConfig(env: Environment): Config {
  return parse(schema, env);
}

/** As `readConfig`, for the process of a runner. */
export function readRunnerConfig(env: Environment): RunnerConfig {
  return parse(runnerSchema, env);
}

type Environment = Record<string, string | undefined>;

function parse<S extends z.ZodType>(shape: S, env: Environment): z.output<S> {
  const raw: Record<string, string | undefined> = {};
  for (const [key, name] of Object.entries(ENV)) if (env[name] !== undefined && env[name] !== '') raw[key] = env[name];
  const parsed = shape.safeParse(raw);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const key = issue.path[0] as ConfigKey;
    return `  ${ENV[key] ?? key}: ${issue.message}`;
  });
  throw new Error(`The configuration is not valid:\n${lines.join('\n')}`);
}
