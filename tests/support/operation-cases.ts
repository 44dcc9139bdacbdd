import { OPERATIONS, type OperationName } from '../../lib/core/catalogue/operations.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import { type AnswerBody, freshNumber, type LinkedInstance } from './client.ts';
import { until } from './families.ts';
import type { TestGateway } from './gateway.ts';
import { INTAKE_INPUTS } from './intake-inputs.ts';
import { film, picture, wav } from './made-files.ts';
import { control } from './person.ts';
import { mp4, opus, pdf, png } from './sample-files.ts';

/** An operation with an input that means something where it is sent: what it names is there. */
export interface OperationCase {
  op: OperationName;
  input: Record<string, unknown>;
  /** Whom it is about, or who sees what comes of it; of this case alone. */
  contact: string;
  /** The name of what it makes. */
  mark: string;
  /** What the contact's phone has shown before. */
  shownBefore: number;
}

export interface CaseWorld {
  sandbox: Sandbox;
  gateway: TestGateway;
  /** That it is done with; its key has every permission. */
  mine: LinkedInstance;
  /** Whose groups and channels it may join. */
  host: LinkedInstance;
}

type Data = AnswerBody['data'];

const FILE_OF: Partial<Record<string, () => Buffer>> = {
  Image: png,
  Picture: png,
  Video: mp4,
  Audio: opus,
  Voice: opus,
  Document: pdf,
  Sticker: picture,
};
/** What is done to another's channel, and whether it is followed before. */
const OF_OTHERS_CHANNEL: Partial<Record<OperationName, boolean>> = {
  'channel.follow': false,
  'channel.unfollow': true,
  'channel.mute': true,
  'channel.unmute': true,
};

let marks = 0;

/** Makes what the operation's input names. */
export async function prepareCase(world: CaseWorld, op: OperationName): Promise<OperationCase> {
  const { gateway, mine, sandbox } = world;
  const [contact, person] = [freshNumber(), (number: string) => gateway.person(number)];
  marks += 1;
  const mark = `mark ${process.pid} ${marks}`;
  const make = async (method: string, path: string, body: object = {}, of = mine): Promise<Data> =>
    (await of.key.must(method, `/api/instances/${of.name}${path}`, body)).body.data;
  const sample = INTAKE_INPUTS[op] as Record<string, unknown>;
  const { shape } = OPERATIONS[op].input;
  const ids: Record<string, unknown> = { to: contact, chat: contact, jid: contact, from: contact };
  Object.assign(ids, { participants: [contact], audience: [contact], numbers: [contact], phone: contact });

  if (op.startsWith('business.')) sandbox.phone(contact).account.record.business = SHOP;
  if (op === 'group.acceptInvite' || op === 'group.inviteInfo') {
    const { groupId } = (await make('POST', '/groups', { subject: mark, participants: [contact] }, world.host)).group;
    const invite = `/api/instances/${world.host.name}/groups/${groupId}/invite`;
    ids.inviteCode = (await world.host.key.must('GET', invite)).body.data.inviteCode;
  }
  if ('groupId' in shape || op === 'group.sendText') {
    ids.groupId = (await make('POST', '/groups', { subject: 'Group', participants: [contact] })).group.groupId;
    if (op === 'group.sendText') ids.to = ids.groupId;
  }
  if ('communityId' in shape) {
    ids.communityId = (await make('POST', '/communities', { subject: 'Community' })).communityId;
    if (op === 'community.unlinkGroup') await make('PUT', `/communities/${ids.communityId}/groups/${ids.groupId}`);
  }
  if (op.startsWith('channel.') && op !== 'channel.list' && op !== 'channel.create') {
    const isFollowed = OF_OTHERS_CHANNEL[op];
    const owner = isFollowed === undefined ? mine : world.host;
    const channel = await make('POST', '/channels', { name: 'Channel' }, owner);
    Object.assign(ids, { channelId: channel.channelId, to: channel.channelId, inviteCode: channel.inviteCode });
    if (isFollowed) await make('POST', `/channels/${channel.channelId}/follow`);
    if (op === 'channel.react') {
      const posts = `/channels/${channel.channelId}/messages`;
      await make('POST', `${posts}/text`, { text: 'x' });
      const listed = await mine.key.must('GET', `/api/instances/${mine.name}${posts}`);
      ids.serverId = listed.body.data.messages[0].serverId;
    }
  }
  if ('messageId' in shape) {
    ids.messageId = await messageFor(world, op, contact);
    await until(async () => (await mine.key.get(`/api/messages/${ids.messageId}`)).status === 200);
  }
  if ('labelId' in shape || 'labelIds' in shape) {
    ids.labelId = (await make('POST', '/labels', { name: `Label ${mark}`, color: 1 })).labelId;
    ids.labelIds = [ids.labelId];
  }
  const { phone, ...meant } = ids;
  const input = Object.fromEntries(
    Object.entries(sample).map(([name, value]) => {
      if (name === 'media') return [name, fileFor(op)];
      if (name === 'items') return [name, ['image', 'video'].map((kind) => ({ kind, media: fileFor(`x.${kind}`) }))];
      if (name === 'subject' || name === 'name') return [name, mark];
      return [name, meant[name] ?? value];
    }),
  );
  if (op.startsWith('status.send')) input.audience = [contact];
  const shownBefore = (await person(contact).messages()).length;
  return { op, input, contact, mark, shownBefore };
}

/** A message that the operation can be done to. */
async function messageFor({ gateway, mine }: CaseWorld, op: OperationName, contact: string): Promise<string> {
  const incoming = async (path: string, body: object) =>
    (await control(gateway.controlUrl, 'POST', `/control/${path}`, { from: contact, to: mine.phone, ...body })).id;
  switch (op) {
    case 'message.markRead':
      return publicMessageId((await incoming('incoming', { text: 'hello' })) as string);
    case 'message.vote': {
      const options = ['yes', 'no'].map((optionName) => ({ optionName }));
      const message = {
        messageContextInfo: { messageSecret: Buffer.alloc(32, 7).toString('base64') },
        pollCreationMessageV3: { name: 'Tea?', options, selectableOptionsCount: 1 },
      };
      return publicMessageId((await incoming('incoming', { message })) as string);
    }
    case 'media.download': {
      const file = { kind: 'document', mimetype: 'application/pdf', base64: pdf().toString('base64') };
      return publicMessageId((await incoming('incoming-file', file)) as string);
    }
    case 'status.delete': {
      const body = { text: 'x', audience: [contact] };
      const sent = await mine.key.must('POST', `/api/instances/${mine.name}/status/text`, body);
      await gateway.person(contact).sees(({ text }) => text === 'x');
      return sent.body.data.messageId;
    }
    default: {
      const sent = await mine.key.must('POST', '/api/messages/text', { to: contact, text: 'hello' });
      await gateway.person(contact).sees(({ text }) => text === 'hello');
      return sent.body.data.messageId;
    }
  }
}

function fileFor(op: string): { url: string } {
  if (op === 'media.convertVideo') return { url: film().toString('base64') };
  if (op === 'media.convertVoice') return { url: wav().toString('base64') };
  const kind = Object.keys(FILE_OF).find((name) => op.toLowerCase().endsWith(name.toLowerCase()));
  return { url: (FILE_OF[kind ?? 'Image'] as () => Buffer)().toString('base64') };
}

const SHOP = {
  ...{ description: 'Flowers', category: 'Florist', email: 'shop@example.com' },
  ...{ website: 'https://shop.example', address: '1 Main Street' },
};
