import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type JsonStandIn, StandInError, startJsonStandIn } from './json-stand-in.ts';

interface Asked {
  KeyId?: string;
  KeySpec?: string;
  CiphertextBlob?: string;
  EncryptionContext?: Record<string, string>;
}

/** Stands in for KMS with one key: data keys are bound to it and to their encryption context, as there. */
export async function startKmsStandIn(keyId: string): Promise<JsonStandIn & { contexts: Record<string, string>[] }> {
  const master = randomBytes(32);
  const contexts: Record<string, string>[] = [];
  const aad = ({ EncryptionContext = {} }: Asked) =>
    Buffer.from(JSON.stringify(Object.entries(EncryptionContext).sort()));
  const known = (asked: Asked) => {
    if (asked.KeyId !== keyId) throw new StandInError('NotFoundException');
    contexts.push(asked.EncryptionContext ?? {});
  };
  const server = await startJsonStandIn({
    GenerateDataKey(asked: Asked) {
      known(asked);
      if (asked.KeySpec !== 'AES_256') throw new StandInError('ValidationException');
      const [plain, iv] = [randomBytes(32), randomBytes(12)];
      const cipher = createCipheriv('aes-256-gcm', master, iv).setAAD(aad(asked));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      const blob = Buffer.concat([iv, body, cipher.getAuthTag()]);
      return { KeyId: keyId, Plaintext: plain.toString('base64'), CiphertextBlob: blob.toString('base64') };
    },
    Decrypt(asked: Asked) {
      known(asked);
      const blob = Buffer.from(asked.CiphertextBlob ?? '', 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', master, blob.subarray(0, 12), { authTagLength: 16 });
        decipher.setAAD(aad(asked)).setAuthTag(blob.subarray(-16));
        const plain = Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]);
        return { KeyId: keyId, Plaintext: plain.toString('base64') };
      } catch {
        throw new StandInError('InvalidCiphertextException');
      }
    },
  });
  return { ...server, contexts };
}
