import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { KeyWrapper } from '../../ports/session-store.ts';
import { LOCAL_CREDENTIALS } from '../unsigned.ts';

/**
 * Has data keys made and unwrapped by a key of AWS KMS. Tenant and instance are their encryption context: KMS unwraps a
 * key for nobody else, and writes both into CloudTrail.
 * @param options.keyId id or ARN
 * @param options.endpoint something that stands in for KMS
 */
export function createKmsKeyWrapper(options: {
  region: string;
  keyId: string;
  endpoint?: string;
}): KeyWrapper & { destroy(): void } {
  const { region, keyId: KeyId, endpoint } = options;
  // A runner that starts asks for all of its sessions at once.
  const client = new KMSClient({
    region,
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    ...(endpoint && { endpoint, credentials: LOCAL_CREDENTIALS }),
  });
  return {
    async generate(context) {
      const { Plaintext, CiphertextBlob } = await client.send(
        new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: encryptionContext(context) }),
      );
      return { plain: Plaintext as Uint8Array, wrapped: CiphertextBlob as Uint8Array };
    },
    async unwrap(CiphertextBlob, context) {
      const { Plaintext } = await client.send(
        new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: encryptionContext(context) }),
      );
      return Plaintext as Uint8Array;
    },
    destroy: () => client.destroy(),
  };
}

function encryptionContext({ tenantId, instanceId }: { tenantId: string; instanceId: string }): Record<string, string> {
  return { tenant: tenantId, instance: instanceId };
}
