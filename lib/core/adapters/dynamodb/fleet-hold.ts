import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { FleetHold } from '../../ports/fleet.ts';
import { auditItem } from './audit.ts';
import { KEYS } from './keys.ts';
import { getRow, type Place } from './rows.ts';
import { transact } from './transact.ts';

export function createFleetHold(place: Place): FleetHold {
  const { dynamo, table: TableName } = place;
  return {
    async isHeld() {
      return (await getRow(place, KEYS.fleetHold()))?.held === true;
    },
    async setHeld(held, audit) {
      await transact(dynamo, [
        { Put: { TableName, Item: { ...KEYS.fleetHold(), held } } },
        auditItem(TableName, audit),
      ]);
    },
    async isRestartWished() {
      return (await getRow(place, KEYS.fleetRestart())) !== undefined;
    },
    async setRestartWished(wished) {
      const Key = KEYS.fleetRestart();
      if (wished) await dynamo.send(new PutCommand({ TableName, Item: Key }));
      else await dynamo.send(new DeleteCommand({ TableName, Key }));
    },
  };
}
