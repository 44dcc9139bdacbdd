import { readFile, stat } from 'node:fs/promises';
import { GatewayError } from '../../lib/core/errors.ts';
import { withSource } from '../media/source.ts';
import type { Handler } from './index.ts';

/** What WhatsApp takes as a profile picture. */
const MAX_PICTURE_BYTES = 512 * 1024;
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);

export const getProfile: Handler<'profile.get'> = async ({ session }) => ({ output: await session.profile.get() });

export const setProfileName: Handler<'profile.setName'> = async ({ session }, { name }) => {
  await session.profile.setName(name);
  return { output: { name } };
};

export const setAbout: Handler<'profile.setAbout'> = async ({ session }, { about }) => {
  await session.profile.setAbout(about);
  return { output: { about } };
};

export const setProfilePicture: Handler<'profile.setPicture'> = (context, { media }) =>
  withSource(context, 'image', media, async ({ path }) => {
    await context.session.profile.setPicture(await jpegOf(path));
    return { output: { isSet: true as const } };
  });

export const removeProfilePicture: Handler<'profile.removePicture'> = async ({ session }) => {
  await session.profile.setPicture(null);
  return { output: { isSet: false as const } };
};

export const getPrivacy: Handler<'privacy.get'> = async ({ session }) => ({ output: await session.profile.privacy() });

export const setPrivacy: Handler<'privacy.set'> = async ({ session }, settings) => ({
  output: { applied: await session.profile.setPrivacy(settings) },
});

/** @throws GatewayError VALIDATION_ERROR for what WhatsApp does not take */
async function jpegOf(path: string): Promise<Uint8Array> {
  if ((await stat(path)).size > MAX_PICTURE_BYTES) {
    throw invalid(`A profile picture has ${MAX_PICTURE_BYTES / 1024} KB at most.`);
  }
  const bytes = await readFile(path);
  if (!bytes.subarray(0, JPEG.length).equals(JPEG)) throw invalid('A profile picture is a JPEG.');
  return bytes;
}

function invalid(message: string): GatewayError {
  return new GatewayError('VALIDATION_ERROR', message, { details: [{ path: 'media', message }] });
}
