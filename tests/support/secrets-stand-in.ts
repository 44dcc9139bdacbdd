import { type JsonStandIn, StandInError, startJsonStandIn } from './json-stand-in.ts';

interface Version {
  value: string;
  stages: string[];
}

export interface SecretsStandIn extends JsonStandIn {
  arnOf(name: string): string;
  current(name: string): string;
  /** As Secrets Manager does before it calls the rotation function: an empty version that is pending. */
  beginRotation(name: string, versionId: string): void;
}

/** Stands in for Secrets Manager: secrets by name, with versions and their stages. */
export async function startSecretsStandIn(values: Record<string, string>): Promise<SecretsStandIn> {
  const arnOf = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}`;
  const secrets = new Map(
    Object.entries(values).map(([name, value]) => [
      arnOf(name),
      new Map<string, Version>([['v0', { value, stages: ['AWSCURRENT'] }]]),
    ]),
  );
  const pending = new Map<string, string>();
  const versionsOf = (arn: string) => {
    const versions = secrets.get(arn);
    if (!versions) throw new StandInError('ResourceNotFoundException');
    return versions;
  };
  const staged = (arn: string, stage: string) =>
    [...versionsOf(arn)].find(([, version]) => version.stages.includes(stage)) as [string, Version] | undefined;
  const server = await startJsonStandIn({
    GetSecretValue({ SecretId, VersionId, VersionStage = 'AWSCURRENT' }) {
      const found = VersionId === undefined ? staged(SecretId, VersionStage)?.[1] : versionsOf(SecretId).get(VersionId);
      if (!found?.stages.includes(VersionStage)) throw new StandInError('ResourceNotFoundException');
      return { ARN: SecretId, SecretString: found.value };
    },
    DescribeSecret({ SecretId }) {
      const stages = [...versionsOf(SecretId)].map(([id, version]) => [id, version.stages]);
      const waiting = pending.get(SecretId);
      const empty = waiting !== undefined && !versionsOf(SecretId).has(waiting) ? { [waiting]: ['AWSPENDING'] } : {};
      return { ARN: SecretId, RotationEnabled: true, VersionIdsToStages: { ...Object.fromEntries(stages), ...empty } };
    },
    PutSecretValue({ SecretId, ClientRequestToken, SecretString, VersionStages }) {
      versionsOf(SecretId).set(ClientRequestToken, { value: SecretString, stages: VersionStages });
    },
    UpdateSecretVersionStage({ SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId }) {
      const versions = versionsOf(SecretId);
      const [from, to] = [versions.get(RemoveFromVersionId), versions.get(MoveToVersionId)];
      if (!from?.stages.includes(VersionStage) || !to) throw new StandInError('InvalidParameterException');
      from.stages = ['AWSPREVIOUS'];
      to.stages = [VersionStage];
      pending.delete(SecretId);
    },
  });
  return {
    ...server,
    arnOf,
    current: (name) => (staged(arnOf(name), 'AWSCURRENT') as [string, Version])[1].value,
    beginRotation: (name, versionId) => void pending.set(arnOf(name), versionId),
  };
}
