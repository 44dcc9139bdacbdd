import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { type Instance, type InstanceSettings, publicSettings } from '../model/instance.ts';
import { judgeProxyUrl } from '../model/outbound.ts';
import type { Ports } from '../ports/index.ts';
import { requireManager, requireReach } from './access.ts';
import { auditEntry } from './audit-entry.ts';
import { changedMeanwhile } from './change-password.ts';
import { givenSettings, type SettingsInput } from './create-instance.ts';
import { judgedUrl } from './judge-url.ts';
import { submitCommand } from './submit-command.ts';

export interface UpdateInstanceInput {
  instance: Instance;
  name?: string | undefined;
  /** null: none. */
  title?: string | null | undefined;
  settings?: SettingsInput | undefined;
}

/**
 * Renames an instance, and sets the settings that are given; the others stay. The session learns of them by a command
 * that reads them afresh, so that the last of several updates holds.
 * @throws GatewayError RESOURCE_ALREADY_EXISTS for a name in use; INVALID_STATE when it was renamed at the same time
 */
export async function updateInstance(
  ports: Pick<Ports, 'instances' | 'commands' | 'bells' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  input: UpdateInstanceInput,
): Promise<Instance> {
  requireManager(principal, 'instance:manage');
  requireReach(principal, input.instance);
  const { instance: before, name, title } = input;
  const settings = newSettings(before.settings, input.settings);
  if (settings.proxy && settings.proxy !== before.settings.proxy) {
    judgedUrl('settings.proxy', judgeProxyUrl, settings.proxy, ports.policy.outbound);
  }
  const hasSettings = Object.keys(settings).length > 0;
  if (name === undefined && title === undefined && !hasSettings) return before;
  const fields = Object.keys(settings) as (keyof InstanceSettings)[];
  const old = Object.fromEntries(fields.map((field) => [field, before.settings[field]])) as Partial<InstanceSettings>;
  const audit = auditEntry(ports, principal, {
    action: 'UPDATE_INSTANCE',
    target: { kind: 'instance', id: before.id, name: before.name },
    before: {
      ...(name !== undefined && { name: before.name }),
      ...(title !== undefined && { title: before.title }),
      ...(hasSettings && { settings: publicSettings(old) }),
    },
    after: {
      ...(name !== undefined && { name }),
      ...(title !== undefined && { title }),
      ...(hasSettings && { settings: publicSettings(settings) }),
    },
  });
  const result = await ports.instances.update(before, { name, title, settings }, audit);
  if (result === 'name-taken') {
    throw new GatewayError('RESOURCE_ALREADY_EXISTS', 'There is an instance of this name already.');
  }
  if (result === 'changed') throw changedMeanwhile();
  const instance: Instance = {
    ...before,
    name: name ?? before.name,
    title: title === undefined ? before.title : title,
    settings: { ...before.settings, ...settings },
  };
  if (hasSettings)
    await submitCommand(ports, principal, {
      instance,
      operation: 'instance.configure',
      input: {},
      permission: 'instance:manage',
    });
  return instance;
}

/** A proxy as it is shown, its password hidden, means the one that is there: a caller may send back what it was told. */
function newSettings(present: InstanceSettings, input: SettingsInput | undefined): Partial<InstanceSettings> {
  const given = givenSettings(input);
  const isShown = given.proxy && given.proxy === publicSettings(present).proxy;
  return isShown ? { ...given, proxy: present.proxy } : given;
}
