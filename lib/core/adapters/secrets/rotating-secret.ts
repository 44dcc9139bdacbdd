import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from './sdk.ts';

const CURRENT = 'AWSCURRENT';
const PENDING = 'AWSPENDING';

/** A secret while Secrets Manager rotates it: a pending version beside the current one. */
export interface RotatingSecret {
  /** Rotation is on and `versionId` is the one that is to become current. False when it is current already. @throws otherwise */
  isPending(versionId: string): Promise<boolean>;
  current(): Promise<string>;
  /** Undefined before `put`. */
  pending(versionId: string): Promise<string | undefined>;
  put(versionId: string, value: string): Promise<void>;
  /** Makes the pending version the current one. */
  promote(versionId: string): Promise<void>;
}

export function createRotatingSecret({ region, arn }: { region: string; arn: string }): RotatingSecret {
  const client = new SecretsManagerClient({ region, maxAttempts: 3 });
  const SecretId = arn;

  async function stages(): Promise<Record<string, string[]>> {
    const { RotationEnabled, VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
    if (!RotationEnabled) throw new Error('Rotation of this secret is off.');
    return VersionIdsToStages;
  }

  return {
    async isPending(versionId) {
      const own = (await stages())[versionId];
      if (own?.includes(CURRENT)) return false;
      if (!own?.includes(PENDING)) throw new Error('This version of the secret is not the one that is pending.');
      return true;
    },

    async current() {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage: CURRENT }));
      return SecretString as string;
    },

    async pending(VersionId) {
      try {
        const command = new GetSecretValueCommand({ SecretId, VersionId, VersionStage: PENDING });
        return (await client.send(command)).SecretString;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },

    async put(ClientRequestToken, SecretString) {
      await client.send(
        new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages: [PENDING] }),
      );
    },

    async promote(MoveToVersionId) {
      const before = Object.entries(await stages()).find(([, of]) => of.includes(CURRENT))?.[0];
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: CURRENT,
          MoveToVersionId,
          RemoveFromVersionId: before,
        }),
      );
    },
  };
}
