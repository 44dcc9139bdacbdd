import { proto } from '@whiskeysockets/baileys';

/** Fields that open files, polls and chats: they are for phones and sessions only. */
const SECRETS: ReadonlySet<string> = new Set([
  'mediaKey',
  'attachmentMediaKey',
  'artworkMediaKey',
  'encKey',
  'callKey',
  'keyData',
  'messageSecret',
  'botMessageSecret',
  'threadIdUserSecret',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
  'axolotlSenderKeyDistributionMessage',
]);

/** A decrypted message as JSON: protobuf names, bytes as base64, enums by name, without keys at any depth. */
export function contentJson(message: proto.IMessage): Record<string, unknown> {
  return JSON.parse(JSON.stringify(proto.Message.fromObject(message)), (name, value) =>
    SECRETS.has(name) ? undefined : (value as unknown),
  );
}
