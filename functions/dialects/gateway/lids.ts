import * as z from 'zod';
import { lid, phoneNumber } from '../../../lib/core/catalogue/operations.ts';
import type { LidPair } from '../../../lib/core/model/person.ts';
import { countLidPairs, getLidPair, listLidPairs } from '../../../lib/core/usecases/lid-pairs.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { answer, ok } from './envelope.ts';
import { instanceOfPath, listQuery, tag } from './rows.ts';

const PATH = '/api/contacts/:instanceId/lids';
const of = {
  method: 'GET',
  tag: tag('Contacts'),
  credential: 'key',
  target: instanceOfPath,
  status: 200,
  permission: 'contact:read',
} as const;
const pairShape = z.object({ lid: z.string(), phoneNumber: z.string() });
const pairView = ({ lid: text, phone }: LidPair) => ({ lid: text, phoneNumber: phone });

/** The two names of people: phone number and LID. */
export const lidRoutes: Route[] = [
  instanceRoute({
    ...of,
    path: PATH,
    summary: 'People whose phone number and LID are both known',
    query: listQuery,
    response: answer({ data: z.array(pairShape), count: z.number().int(), nextCursor: z.string().nullable() }),
    run: async (ports, { principal, instance, query }) => {
      const page = { page: 1, perPage: query.limit, cursor: query.cursor };
      const { items, nextCursor } = await listLidPairs(ports, principal, { instance, ...page });
      return ok({ data: items.map(pairView), count: items.length, nextCursor });
    },
  }),
  instanceRoute({
    ...of,
    path: `${PATH}/count`,
    summary: 'How many they are',
    response: answer({ data: z.object({ count: z.number().int() }) }),
    run: async (ports, { principal, instance }) =>
      ok({ data: { count: await countLidPairs(ports, principal, { instance }) } }),
  }),
  instanceRoute({
    ...of,
    path: `${PATH}/:lid`,
    summary: 'The phone number of a LID',
    params: z.object({ lid }),
    response: answer({ data: pairShape }),
    run: async (ports, { principal, instance, params }) =>
      ok({ data: pairView(await getLidPair(ports, principal, { instance, lid: params.lid })) }),
  }),
  instanceRoute({
    ...of,
    path: `${PATH}/pn/:phoneNumber`,
    summary: 'The LID of a phone number',
    params: z.object({ phoneNumber }),
    response: answer({ data: pairShape }),
    run: async (ports, { principal, instance, params }) =>
      ok({ data: pairView(await getLidPair(ports, principal, { instance, phone: params.phoneNumber })) }),
  }),
];
