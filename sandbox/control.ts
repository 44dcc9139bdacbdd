import type { IncomingMessage, ServerResponse } from 'node:http';
import { contentJson, proto } from '../lib/baileys/index.ts';
import { type DisconnectCode, disconnect, isDisconnectCode } from './disconnect.ts';
import { parseFaults } from './faults.ts';
import { changeMembers, createGroup } from './groups.ts';
import { setAccountLimits } from './iq/account-limits.ts';
import { expireMedia } from './media-retry.ts';
import type { Network } from './network.ts';
import type { TypingState } from './phone.ts';
import type { ReceivedMessage } from './phone-inbox.ts';
import { attachmentField, attachmentHash } from './phone-media.ts';
import { describeDevice } from './phone-pairing.ts';
import { SandboxError } from './wire.ts';

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_WAIT_MS = 60_000;
/** How long `pair-code` waits for the client's request: Baileys shows the code before the server has heard of it. */
const CODE_REQUEST_WAIT_MS = 5000;
const TYPING_STATES: readonly string[] = ['composing', 'recording', 'paused'];

type Body = Record<string, unknown>;

/**
 * The HTTP control API, which moves the simulated people. It may be reached from this machine only, so it refuses
 * whatever a web page could send: requests with an `Origin`, and bodies that are not `application/json`.
 */
export function createControl(network: Network): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(network, request, response).then(
      (result) => respond(response, 200, result),
      (error: unknown) => {
        const known = error instanceof SandboxError;
        if (!known) network.emit('fault', error);
        respond(response, known ? error.status : 500, { error: known ? error.message : 'internal error' });
      },
    );
  };
}

async function answer(network: Network, request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  if (request.headers.origin !== undefined) throw new SandboxError(403, 'requests from web pages are refused');
  // A page can make its own host name resolve to this machine; then it sends no Origin, but its name as the Host.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    throw new SandboxError(403, 'only requests to this machine by its own name are answered');
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sandbox');
  const [root, resource = '', item, sub, ...rest] = pathname.split('/').filter(Boolean);
  if (root !== 'control' || rest.length > 0) throw new SandboxError(404, `there is no ${pathname}`);
  const route = `${request.method} ${resource}`;
  if (request.method === 'GET' && resource === 'phones' && item) {
    if (sub === 'messages') return readMessages(network, item, searchParams, response);
    if (sub === 'activity') return { activity: network.phone(item).activity };
    if (sub === undefined) return network.phone(item).status();
  }
  if (item !== undefined) throw new SandboxError(404, `there is no ${pathname}`);
  if (route === 'GET stats') return network.stats();
  if (route === 'GET media-ca') return { certificate: network.options.media?.certificate ?? null };
  if (route === 'GET faults') return network.faults.settings;
  if (route === 'DELETE faults') {
    network.faults.clear();
    return {};
  }
  const action = request.method === 'POST' ? ACTIONS[resource] : undefined;
  if (!action) throw new SandboxError(404, `there is no ${route}`);
  return action(network, await readBody(request));
}

const ACTIONS: Readonly<Record<string, (network: Network, body: Body) => unknown>> = {
  scan: async (network, body) => {
    const number = body.phone === undefined ? network.directory.allocateNumber() : numberField(body, 'phone');
    return describeDevice(await network.phone(number).scan(textField(body, 'qr')));
  },
  'pair-code': async (network, body) => {
    const number = numberField(body, 'phone');
    const phone = network.phone(number);
    await codeRequested(network, number);
    return describeDevice(await phone.enterPairingCode(textField(body, 'code')));
  },
  incoming: async (network, body) => {
    const to = textField(body, 'to');
    const message =
      typeof body.message === 'object' && body.message ? proto.Message.fromObject(body.message) : undefined;
    const content = message ?? textField(body, 'text');
    const id = body.id === undefined ? undefined : textField(body, 'id');
    return { id: await network.phone(numberField(body, 'from')).send(recipient(to), content, { id }) };
  },
  'incoming-file': async (network, body) => {
    const attachment = attachmentField(body);
    return {
      id: await network.phone(numberField(body, 'from')).sendMedia(recipient(textField(body, 'to')), attachment),
    };
  },
  'expire-media': (network, body) => {
    expireMedia(network, numberField(body, 'phone'), textField(body, 'id'), body.everywhere === true);
    return {};
  },
  disconnect: (network, body) => {
    const code = body.code;
    if (!isDisconnectCode(code)) throw new SandboxError(400, `"code" ${String(code)} cannot be simulated`);
    const times = typeof body.times === 'number' ? body.times : undefined;
    return { closed: disconnect(network, numberField(body, 'phone'), code as DisconnectCode, times) };
  },
  'account-limits': (network, body) => {
    const { account } = network.phone(numberField(body, 'phone'));
    return setAccountLimits(network, account, body);
  },
  unlink: (network, body) => {
    const phone = network.phone(numberField(body, 'phone'));
    const unlinked = phone.account.companions.length;
    phone.unlink();
    return { unlinked };
  },
  read: (network, body) => {
    network.phone(numberField(body, 'phone')).read(textField(body, 'id'));
    return {};
  },
  typing: (network, body) => {
    const state = body.state ?? 'composing';
    if (typeof state !== 'string' || !TYPING_STATES.includes(state)) {
      throw new SandboxError(400, `"state" must be one of ${TYPING_STATES.join(', ')}`);
    }
    network.phone(numberField(body, 'phone')).typing(recipient(textField(body, 'to')), state as TypingState);
    return {};
  },
  groups: (network, body) => {
    const creator = network.phone(numberField(body, 'phone')).account.phone;
    const members = listField(body, 'participants').map((number) => network.directory.require(digits(number)));
    const subject = textField(body, 'subject');
    return { id: network.state.transaction(() => createGroup(network, creator, subject, members)).id };
  },
  'group-members': (network, body) => {
    const actor = network.phone(numberField(body, 'phone')).account.phone;
    const group = network.groups.get(textField(body, 'group'));
    if (!group) throw new SandboxError(404, 'there is no such group');
    const change = body.action;
    if (change !== 'add' && change !== 'remove' && change !== 'promote' && change !== 'demote') {
      throw new SandboxError(400, '"action" must be add, remove, promote or demote');
    }
    const jids = listField(body, 'participants').map((number) => `${digits(number)}@s.whatsapp.net`);
    const results = network.state.transaction(() => changeMembers(network, group, actor, change, jids));
    return { results: results.map(({ attrs }) => ({ jid: attrs.jid, status: attrs.error ?? '200' })) };
  },
  faults: (network, body) => {
    try {
      network.faults.set(parseFaults(body));
    } catch (error) {
      throw new SandboxError(400, error instanceof Error ? error.message : 'bad faults');
    }
    return network.faults.settings;
  },
};

async function readMessages(
  network: Network,
  number: string,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<unknown> {
  const after = countParameter(query, 'after');
  const waitMs = Math.min(countParameter(query, 'waitMs'), MAX_WAIT_MS);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const messages = await network.phone(number).messages(after, waitMs, gone.signal);
  return {
    messages: messages.map((message) => publicMessage(network, message)),
    next: messages.at(-1)?.index ?? after,
  };
}

const publicMessage = (
  network: Network,
  { index, id, from, chat, author, own, text, type, timestamp, message }: ReceivedMessage,
) => ({
  index,
  id,
  from,
  chat,
  author,
  own,
  text,
  type,
  timestamp,
  content: contentJson(message),
  sha256: attachmentHash(network.options.media, message),
});

function codeRequested(network: Network, number: string): Promise<void> {
  if (network.pairing.codeRequest(number)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      network.off('pairingCodeRequested', onRequest);
      resolve();
    };
    const onRequest = (requested: string) => {
      if (requested === number) done();
    };
    const timer = setTimeout(done, CODE_REQUEST_WAIT_MS);
    network.on('pairingCodeRequested', onRequest);
  });
}

async function readBody(request: IncomingMessage): Promise<Body> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new SandboxError(415, 'the body must be application/json');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new SandboxError(413, 'the body is too large');
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
  } catch {
    throw new SandboxError(400, 'the body is not valid JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new SandboxError(400, 'the body must be a JSON object');
  }
  return body as Body;
}

function textField(body: Body, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw new SandboxError(400, `"${name}" must be a non-empty string`);
  return value;
}

function listField(body: Body, name: string): string[] {
  const value = body[name];
  if (!Array.isArray(value) || !value.every((each): each is string => typeof each === 'string')) {
    throw new SandboxError(400, `"${name}" must be a list of strings`);
  }
  return value;
}

const numberField = (body: Body, name: string): string => digits(textField(body, name));

/** A number as people write it, or the user part of a phone-number JID. */
const digits = (text: string): string => text.split('@')[0]!.replace(/[\s+()-]/g, '');

const recipient = (to: string): string => (to.includes('@') ? to : digits(to));

function countParameter(query: URLSearchParams, name: string): number {
  const value = Number(query.get(name) ?? 0);
  if (!Number.isInteger(value) || value < 0) throw new SandboxError(400, `"${name}" must be a whole number`);
  return value;
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
