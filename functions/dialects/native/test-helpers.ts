import * as z from 'zod';
import { MAX_TEXT_LENGTH, phoneNumber } from '../../../lib/core/catalogue/operations.ts';
import { disconnectTestInstance } from '../../../lib/core/usecases/disconnect-test-instance.ts';
import { receiveTestMessage } from '../../../lib/core/usecases/receive-test-message.ts';
import { scanTestCode } from '../../../lib/core/usecases/scan-test-code.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { instanceByName } from './fields.ts';
import { message } from './responses.ts';

const TAG = 'Test network';
/** WhatsApp's own "connection lost". */
const CONNECTION_LOST = 408;

export const testHelperRoutes: Route[] = [
  instanceRoute({
    method: 'POST',
    path: '/api/test/instances/:name/scan',
    summary: 'A simulated phone scans the QR code, or types the pairing code, of a test instance',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: z.strictObject({ phone: phoneNumber.optional() }),
    status: 200,
    response: z.object({ message, phone: z.string() }),
    errors: ['NOT_IMPLEMENTED', 'INVALID_STATE', 'INVALID_PHONE_NUMBER'],
    run: async (ports, { principal, instance, body }) => {
      const { phone } = await scanTestCode(ports, principal, { instance, phone: body.phone });
      return { data: { message: 'Scanned', phone: `+${phone}` } };
    },
  }),
  instanceRoute({
    method: 'POST',
    path: '/api/test/instances/:name/incoming',
    summary: 'A simulated phone writes to a test instance',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: z.strictObject({ from: phoneNumber, text: z.string().min(1).max(MAX_TEXT_LENGTH) }),
    status: 201,
    response: z.object({ messageId: z.string() }),
    errors: ['NOT_IMPLEMENTED', 'INVALID_STATE', 'INVALID_PHONE_NUMBER'],
    run: async (ports, { principal, instance, body }) => ({
      data: await receiveTestMessage(ports, principal, { instance, ...body }),
    }),
  }),
  instanceRoute({
    method: 'POST',
    path: '/api/test/instances/:name/disconnect',
    summary: 'WhatsApp closes the connection of a test instance with a status code',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: z.strictObject({ code: z.number().int().min(400).max(599).default(CONNECTION_LOST) }),
    status: 200,
    response: z.object({ message, code: z.number().int() }),
    errors: ['NOT_IMPLEMENTED', 'INVALID_STATE'],
    run: async (ports, { principal, instance, body }) => {
      await disconnectTestInstance(ports, principal, { instance, code: body.code });
      return { data: { message: 'Disconnected', code: body.code } };
    },
  }),
];
