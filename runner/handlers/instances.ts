import type { Handler } from './index.ts';

export const connectInstance: Handler<'instance.connect'> = async ({ control }, input) => ({
  output: { status: await control.connect(input.pairWithPhone) },
});

export const restartInstance: Handler<'instance.restart'> = async ({ control }) => ({
  output: { status: await control.restart() },
});

export const logoutInstance: Handler<'instance.logout'> = async ({ control }) => ({
  output: { status: await control.logout() },
});

export const removeInstance: Handler<'instance.remove'> = async ({ control }) => {
  await control.remove();
  return { output: {} };
};
