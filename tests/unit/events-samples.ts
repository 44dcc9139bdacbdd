import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { proto, type WAMessage } from '../../lib/baileys/index.ts';
import { EVENTS } from '../../lib/core/catalogue/events.ts';
import type { NameBook } from '../../runner/events/parties.ts';
import type { EventWrite } from '../../runner/events/tell.ts';

export const ANN = { phone: '15550100001', lid: '100200300' };
export const BOB = { phone: '15550100002', lid: null };
export const ME = { phone: '15550100009', lid: '900' };
export const BOOK: NameBook = {
  phoneOfLid: (lid) => [ANN, ME].find((one) => one.lid === lid)?.phone,
  lidOfPhone: (phone) => [ANN, ME].find((one) => one.phone === phone)?.lid,
};
export const ANN_JID = '15550100001@s.whatsapp.net';
export const GROUP = '1203@g.us';
export const AT_MS = 1_699_999_999_000;
export const TELLING = { instanceId: 'inst_1', nowMs: 1_700_000_000_000 };
export const SHA = createHash('sha256').update('file').digest();

/** As it comes off the wire: 64-bit numbers are Long, what is absent has protobuf's defaults. */
function wired(content: proto.IMessage | undefined): proto.IMessage | undefined {
  return content && proto.Message.decode(proto.Message.encode(proto.Message.fromObject(content)).finish());
}

export function incoming(content: proto.IMessage | undefined, more: Partial<WAMessage> = {}): WAMessage {
  return {
    messageTimestamp: AT_MS / 1000,
    pushName: 'Ann',
    message: wired(content),
    ...more,
    key: { id: 'ABCD', remoteJid: ANN_JID, fromMe: false, ...more.key },
  } as WAMessage;
}

/** What is told; every event must be in its schema, without a field too many, and fit a row. */
export function checked(events: readonly EventWrite[]) {
  for (const { event } of events) {
    expect(EVENTS[event.type].data.strict().safeParse(event.data).error).toBeUndefined();
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(300_000);
  }
  return events.map(({ event }) => ({ type: event.type, ...(event.data as object) }));
}
