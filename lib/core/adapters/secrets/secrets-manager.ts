import { ENV } from '../../config.ts';

type Environment = Record<string, string | undefined>;

/** Variables that name a secret of AWS Secrets Manager, and those that its value goes to. */
const NAMED = [
  [ENV.jwtSecretsArn, ENV.jwtSecrets],
  [ENV.sealSecretsArn, ENV.sealSecrets],
  [ENV.edgeSecretArn, ENV.edgeSecret],
] as const;

/**
 * The environment, with the values of the secrets that it names. The SDK is loaded where there are any.
 * @throws Error that says which one could not be read, without its value
 */
export async function withSecrets(env: Environment): Promise<Environment> {
  const wanted = NAMED.filter(([arn]) => env[arn]);
  if (wanted.length === 0) return env;
  const { SecretsManagerClient, GetSecretValueCommand } = await import('./sdk.ts');
  const client = new SecretsManagerClient({
    ...(env[ENV.region] ? { region: env[ENV.region] as string } : {}),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  try {
    const values = await Promise.all(
      wanted.map(async ([arn, name]) => {
        const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: env[arn] as string }));
        if (!SecretString) throw new Error(`The secret that ${arn} names is empty.`);
        return [name, SecretString] as const;
      }),
    );
    return { ...env, ...Object.fromEntries(values) };
  } finally {
    client.destroy();
  }
}
