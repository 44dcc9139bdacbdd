import type { InstanceStatus } from '../../lib/core/model/instance.ts';
import type { Connection } from './connection.ts';
import type { Vault } from './vault.ts';

/** Closes the connection, and says so: nothing opens it until somebody asks. @throws what killed the vault */
export async function disconnect(connection: Connection, vault: Vault): Promise<InstanceStatus> {
  await connection.close();
  connection.setState({ status: 'DISCONNECTED', qr: null, pairingCode: null, nextRetryAt: null });
  await vault.barrier();
  return connection.state.status;
}
