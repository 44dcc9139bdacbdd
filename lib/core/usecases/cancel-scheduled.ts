import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { findScheduled, justChanged } from './scheduled-access.ts';

/** A scheduled message will not be sent. @throws GatewayError as `findScheduled`; INVALID_STATE when it is too late */
export async function cancelScheduled(
  ports: Pick<Ports, 'schedule' | 'messages' | 'clock'>,
  principal: Principal,
  input: { instance: Instance; messageId: string },
): Promise<void> {
  const found = await findScheduled(ports, principal, input);
  if (!(await ports.schedule.cancel(found, ports.clock()))) throw justChanged();
}
