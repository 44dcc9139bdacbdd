import { profilePictureOf } from '../media/profile-picture.ts';
import { withSource } from '../media/source.ts';
import type { Handler } from './index.ts';

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
  withSource(context, 'image', media, async (file) => {
    await context.session.profile.setPicture(await profilePictureOf(file));
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
