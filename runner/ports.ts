import { createGuardedClient } from '../lib/core/adapters/http/guarded-client.ts';
import { outboundPolicy } from '../lib/core/adapters/http/outbound-policy.ts';
import { createAdapters } from '../lib/core/adapters/index.ts';
import { createKmsKeyWrapper } from '../lib/core/adapters/kms/key-wrapper.ts';
import { createKeyFileWrapper } from '../lib/core/adapters/local/key-file.ts';
import { createLocalMediaStore } from '../lib/core/adapters/local/media-files.ts';
import { createMediaStore } from '../lib/core/adapters/media.ts';
import { ENV, type RunnerConfig } from '../lib/core/config.ts';
import type { MediaStore } from '../lib/core/ports/media.ts';
import type { KeyWrapper } from '../lib/core/ports/session-store.ts';
import type { RunnerPorts } from './deps.ts';

/** What a runner that is a process of its own stands on. `close` frees it, after the last session has ended. */
export function createRunnerPorts(config: RunnerConfig): { ports: RunnerPorts; close(): Promise<void> } {
  const adapters = createAdapters(config);
  const outbound = createGuardedClient(outboundPolicy(config));
  const media = mediaStore(config);
  const ports = {
    ...adapters,
    outbound,
    keyWrapper: createKeyWrapper(config),
    media,
    clock: Date.now,
  };
  return {
    ports,
    async close() {
      await outbound.close();
      media?.close();
      adapters.close();
    },
  };
}

/** @throws Error when nothing says what wraps the data keys: a key made here would be lost with the process */
function createKeyWrapper({ keyFile, sessionKmsKey, region }: RunnerConfig): KeyWrapper {
  if (sessionKmsKey !== undefined) return createKmsKeyWrapper({ region, keyId: sessionKmsKey });
  if (keyFile !== undefined) return createKeyFileWrapper(keyFile);
  throw new Error(`A runner needs ${ENV.sessionKmsKey} or ${ENV.keyFile}: what wraps the keys of sessions.`);
}

/** Undefined: a gateway without a place for files of requests. */
function mediaStore(config: RunnerConfig): MediaStore | undefined {
  return config.mediaDir === undefined ? createMediaStore(config) : createLocalMediaStore(config.mediaDir);
}
