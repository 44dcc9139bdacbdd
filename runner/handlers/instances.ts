import type { Handler } from './index.ts';

export const connectInstance: Handler<'instance.connect'> = async ({ control }, input) => ({
  output: { status: await control.connect(input.pairWithPhone) },
});

export const restartInstance: Handler<'instance.restart'> = async ({ control }) => ({
  output: { status: await control.restart() },
});

export const disconnectInstance: Handler<'instance.disconnect'> = async ({ control }) => ({
  output: { status: await control.disconnect() },
});

export const logoutInstance: Handler<'instance.logout'> = async ({ control }) => ({
  output: { status: await control.logout() },
});

export const removeInstance: Handler<'instance.remove'> = async ({ control }) => {
  await control.remove();
  return { output: {} };
};

/** The settings are read here, not carried by the command: whichever of several runs last, the newest hold. */
export const configureInstance: Handler<'instance.configure'> = async ({ control, command, instances }) => {
  const instance = await instances.get(command.tenantId, command.instanceId);
  if (instance) await control.configure(instance.settings);
  return { output: {} };
};
