import type { Config } from '../config.ts';
import type { MediaStore } from '../ports/media.ts';
import { createS3MediaStore } from './s3/media.ts';

/** The media store that the configuration names; undefined where it names none and files go by URL only. */
export function createMediaStore(
  config: Pick<Config, 'mediaBucket' | 'region' | 's3Endpoint'>,
): MediaStore | undefined {
  return config.mediaBucket === undefined ? undefined : createS3MediaStore(config, config.mediaBucket);
}
