import {
  type AnyMessageContent,
  type BinaryNode,
  generateWAMessage,
  generateWAMessageFromContent,
  getContentType,
  isJidGroup,
  jidNormalizedUser,
  normalizeMessageContent,
  prepareWAMessageMedia,
  type proto,
  type WASocket,
} from '../../lib/baileys/index.ts';
import { baileysLogger, type Logger } from '../log.ts';
import { probe } from '../probe.ts';
import { awaitAck } from './ack.ts';
import { refusalCode } from './actions/refusals.ts';
import { notUploaded, REACHOUT_LIMITED, refused } from './send-errors.ts';
import type { SentMessages } from './sent-messages.ts';
import { withMediaHost } from './silence.ts';
import { ConnectionLost, type SendOptions } from './whatsapp-session.ts';

/** What Baileys makes a message of, or the message itself. */
export type Outgoing = AnyMessageContent | { proto: proto.IMessage };

interface SenderDeps {
  guard<T>(work: (sock: WASocket) => Promise<T>): Promise<T>;
  sent: SentMessages;
  log: Logger;
  /** Called when WhatsApp refuses to let the account write to strangers. */
  limited(): void;
  /** Called with the time from sending to the server's ack. */
  acked(tookMs: number): void;
}

const ACK_TIMEOUT_MS = 20_000;
/** Silence of WhatsApp's media host for this long ends an upload. */
const UPLOAD_TIMEOUT_MS = 30_000;

/** Sends and waits for the server's ack; see `WhatsAppSession.send`. */
export function createSender({ guard, sent, log, acked, limited }: SenderDeps) {
  return async (to: string, content: Outgoing, messageId: string, options: SendOptions = {}) => {
    const { turn } = options;
    const kept = await sent.again(messageId, options.again === true);
    const message = kept ?? (await guard((sock) => compose(sock, log, to, content, messageId, options)));
    await turn?.come;
    if (!kept) sent.keep(messageId, message);
    let startedMs = 0;
    const answer = await guard(async (sock) => {
      const ack = awaitAck(sock, messageId, ACK_TIMEOUT_MS);
      ack.catch(() => undefined);
      startedMs = performance.now();
      const { attributes, nodes } = stanzaOf(to, message);
      const { statusJidList } = options;
      await sock
        .relayMessage(to, message, {
          messageId,
          additionalAttributes: { ...attributes, ...options.attributes },
          additionalNodes: [...nodes, ...(options.nodes ?? [])],
          // Our own phone shows the status too.
          ...(statusJidList && { statusJidList: [...statusJidList, jidNormalizedUser(sock.user?.id)] }),
        })
        .catch((error: unknown) => {
          // A group that is not there, or not ours, is refused before anything is sent.
          const code = refusalCode(error);
          throw code === undefined ? error : refused(String(code));
        });
      turn?.leave();
      return ack;
    });
    if (!answer) throw new ConnectionLost("WhatsApp's server did not acknowledge the message in time.");
    const { error } = answer.attrs;
    if (error === REACHOUT_LIMITED) limited();
    if (error) throw refused(error);
    probe.at('acked');
    acked(performance.now() - startedMs);
    return { serverId: answer.attrs.server_id ?? null };
  };
}

async function compose(
  sock: WASocket,
  log: Logger,
  to: string,
  content: Outgoing,
  messageId: string,
  { quoted, ephemeralSeconds, mentions, mentionAll, backgroundColor, font }: SendOptions,
): Promise<proto.IMessage> {
  const upload = {
    logger: baileysLogger(log),
    upload: ((path, options) =>
      withMediaHost(sock, sock.waUploadToServer(path, options)).catch(
        notUploaded,
      )) satisfies WASocket['waUploadToServer'],
    mediaUploadTimeoutMs: UPLOAD_TIMEOUT_MS,
  };
  const about = {
    userJid: sock.user?.id as string,
    messageId,
    ...(quoted ? { quoted } : {}),
    ...(ephemeralSeconds ? { ephemeralExpiration: ephemeralSeconds } : {}),
  };
  // Of a video note Baileys would pass on nothing but the file.
  const ready =
    'proto' in content
      ? content.proto
      : 'ptv' in content && content.ptv
        ? await prepareWAMessageMedia(content, upload)
        : undefined;
  const full = ready
    ? generateWAMessageFromContent(to, ready, about)
    : await generateWAMessage(to, content as AnyMessageContent, {
        ...about,
        ...upload,
        ...(backgroundColor !== undefined && { backgroundColor }),
        ...(font !== undefined && { font }),
        getUrlInfo: async () => undefined,
        getCallLink: sock.createCallLink,
      });
  const message = full.message as proto.IMessage;
  if (mentions || mentionAll) mention(message, mentions ?? [], mentionAll === true);
  return message;
}

function mention(message: proto.IMessage, jids: readonly string[], all: boolean): void {
  const content = normalizeMessageContent(message);
  const field = content && getContentType(content);
  const carrier = field && (content[field] as { contextInfo?: proto.IContextInfo | null } | string);
  if (!carrier || typeof carrier === 'string') return;
  carrier.contextInfo = {
    ...carrier.contextInfo,
    mentionedJid: [...jids],
    ...(all ? { nonJidMentions: 1 } : {}),
  };
}

/** What the server must be told of a message that it cannot read, as WhatsApp's own clients do. */
function stanzaOf(to: string, message: proto.IMessage): { attributes: Record<string, string>; nodes: BinaryNode[] } {
  const content = normalizeMessageContent(message) ?? {};
  const { protocolMessage: act } = content;
  const edit = act?.editedMessage
    ? '1'
    : act?.type === REVOKE
      ? isJidGroup(to) && !act.key?.fromMe
        ? '8'
        : '7'
      : content.pinInChatMessage
        ? '2'
        : undefined;
  const meta = (attrs: Record<string, string>): BinaryNode[] => [{ tag: 'meta', attrs }];
  const isPoll = content.pollCreationMessage ?? content.pollCreationMessageV2 ?? content.pollCreationMessageV3;
  return {
    attributes: edit === undefined ? {} : { edit },
    nodes: isPoll
      ? meta({ polltype: 'creation' })
      : content.pollUpdateMessage
        ? meta({ polltype: 'vote' })
        : content.eventMessage
          ? meta({ event_type: 'creation' })
          : [],
  };
}

/** `ProtocolMessage.Type.REVOKE` */
const REVOKE = 0;
