import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Answer, type AnswerBody, linkInstance, register } from '../support/client.ts';
import { useConversation } from '../support/conversation.ts';
import { film, made, picture, wav } from '../support/made-files.ts';
import { control, type SeenMessage } from '../support/person.ts';
import { mp4, opus, pdf, png } from '../support/sample-files.ts';

const talk = useConversation();

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const post = (kind: string, body: object): Promise<Answer> =>
  talk.instance.key.post(`/api/messages/${kind}`, { to: talk.contact.number, ...body });

async function shown(answer: Answer): Promise<SeenMessage> {
  expect([answer.status, answer.body.message]).toEqual([201, undefined]);
  const id = (answer.body.data.messageId as string).slice(4);
  const [message] = await talk.contact.sees((each) => each.id === id);
  return message as SeenMessage;
}

describe('media in', () => {
  it('takes an upload by its id, past the bound of requests', async () => {
    const bytes = pdf(9_000_000);
    const place = await talk.instance.key.post('/api/media', {
      size: bytes.length,
      mimetype: 'application/pdf',
      filename: 'big.pdf',
    });
    expect(place.status).toBe(201);
    const { mediaId, upload } = place.body.data;
    const early = await post('document', { mediaId });
    expect([early.status, early.body.error]).toEqual([400, 'VALIDATION_ERROR']);
    const put = await fetch(upload.url, { method: upload.method, body: new Uint8Array(bytes) });
    expect([put.status, ((await put.json()) as AnswerBody).data.sha256]).toEqual([200, sha256(bytes)]);
    const message = await shown(await post('document', { mediaId }));
    expect(message.sha256).toBe(sha256(bytes));
    expect(JSON.stringify(message.content)).toContain('big.pdf');
    const other = await linkInstance(await register(talk.gateway.url));
    const theirs = await other.key.post('/api/messages/document', { to: talk.contact.number, mediaId });
    expect([theirs.status, theirs.body.error]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('refuses an upload that is not the stated size, and a link that is none', async () => {
    const { upload } = (await talk.instance.key.post('/api/media', { size: 10 })).body.data;
    for (const size of [9, 11]) {
      const put = await fetch(upload.url, { method: 'PUT', body: randomBytes(size) });
      expect(put.status).toBeGreaterThanOrEqual(400);
    }
    expect((await fetch(`${upload.url.slice(0, -3)}abc`, { method: 'PUT', body: 'x' })).status).toBe(404);
    const huge = await talk.instance.key.post('/api/media', { size: 200_000_000 });
    expect([huge.status, huge.body.error]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it('takes a form', async () => {
    const bytes = png(30_000);
    const form = new FormData();
    form.set('to', talk.contact.number);
    form.set('caption', '12');
    form.set('viewOnce', 'true');
    form.set('image', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'a.png');
    const headers = { authorization: `Bearer ${talk.instance.key.credential}` };
    const response = await fetch(`${talk.gateway.url}/api/messages/image`, { method: 'POST', headers, body: form });
    const message = await shown({
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as AnswerBody,
    });
    expect([message.type, message.sha256]).toEqual(['viewOnce', sha256(bytes)]);
    expect(message.content).toMatchObject({
      viewOnceMessage: { message: { imageMessage: { caption: '12', viewOnce: true } } },
    });
  });

  it('converts sound to a voice note with its length and wave', async () => {
    const message = await shown(await post('voice', { voice: wav().toString('base64') }));
    const { audioMessage } = message.content as { audioMessage: Record<string, unknown> };
    expect(audioMessage).toMatchObject({ mimetype: 'audio/ogg; codecs=opus', ptt: true, seconds: 2 });
    expect(Buffer.from(audioMessage.waveform as string, 'base64')).toHaveLength(64);
  });

  it('converts a picture to a sticker, and a film to MP4 with a thumbnail', async () => {
    const sticker = await shown(await post('sticker', { sticker: picture().toString('base64') }));
    expect(sticker.content.stickerMessage).toMatchObject({ mimetype: 'image/webp', isAnimated: false });
    const video = await shown(
      await post('video', { video: film().toString('base64'), convert: true, videoNote: true }),
    );
    expect(video.content.ptvMessage).toMatchObject({ mimetype: 'video/mp4', jpegThumbnail: expect.any(String) });
    const [still, moving] = [picture(), mp4()];
    const album = await post('album', {
      items: [
        { kind: 'image', media: { url: still.toString('base64') }, caption: 'one' },
        { kind: 'video', media: { url: moving.toString('base64') }, caption: 'two' },
      ],
    });
    const parent = await shown(album);
    expect(parent.content.albumMessage).toMatchObject({ expectedImageCount: 1, expectedVideoCount: 1 });
    const items = await talk.contact.sees(({ text }) => text === 'one' || text === 'two', 2);
    expect(items.map(({ type, text, sha256: hash }) => [type, text, hash])).toEqual([
      ['image', 'one', sha256(still)],
      ['video', 'two', sha256(moving)],
    ]);
    expect(items.map(({ content }) => JSON.stringify(content).includes(parent.id))).toEqual([true, true]);
  });

  it('takes a picture and a film by the id of an upload; a film may play as a GIF, and be forwarded', async () => {
    const upload = async (bytes: Buffer, mimetype: string) => {
      const { body } = await talk.instance.key.must('POST', '/api/media', { size: bytes.length, mimetype });
      expect((await fetch(body.data.upload.url, { method: 'PUT', body: new Uint8Array(bytes) })).status).toBeLessThan(
        300,
      );
      return body.data.mediaId as string;
    };
    const [still, moving] = [png(20_000), mp4(20_000)];
    const image = await shown(await post('image', { mediaId: await upload(still, 'image/png') }));
    expect([image.type, image.sha256]).toEqual(['image', sha256(still)]);
    const video = await shown(await post('video', { mediaId: await upload(moving, 'video/mp4'), gifPlayback: true }));
    expect([video.type, video.sha256]).toEqual(['video', sha256(moving)]);
    expect(video.content.videoMessage).toMatchObject({ gifPlayback: true });
    const forwarded = await shown(await post('forward', { messageId: `msg_${video.id}` }));
    expect([forwarded.type, forwarded.sha256]).toEqual(['video', sha256(moving)]);
    expect(forwarded.content.videoMessage).toMatchObject({ gifPlayback: true, contextInfo: { isForwarded: true } });
  });

  it('sends a sticker that is one as it is, and sound and film to be opened once', async () => {
    const webp = made('a.webp', '-f', 'lavfi', '-i', 'color=red:size=512x512:duration=0.1', '-frames:v', '1');
    const sticker = await shown(await post('sticker', { sticker: webp.toString('base64') }));
    expect([sticker.type, sticker.sha256]).toEqual(['sticker', sha256(webp)]);
    for (const [kind, bytes] of [
      ['video', mp4()],
      ['audio', opus()],
      ['voice', opus()],
    ] as const) {
      const message = await shown(await post(kind, { [kind]: bytes.toString('base64'), viewOnce: true }));
      expect([kind, message.type, message.sha256]).toEqual([kind, 'viewOnce', sha256(bytes)]);
      const field = kind === 'video' ? 'videoMessage' : 'audioMessage';
      expect(message.content).toMatchObject({ viewOnceMessage: { message: { [field]: { viewOnce: true } } } });
    }
  });

  it('reads no file of its own disk, whoever names it', async () => {
    const secret = join(talk.gateway.dataDir, 'secret.pdf');
    await writeFile(secret, pdf());
    for (const path of [secret, `file://${secret}`, secret.slice(1)]) {
      for (const [kind, field] of [
        ['document', 'document'],
        ['album', 'items'],
      ] as const) {
        const body = kind === 'album' ? { items: [0, 1].map(() => ({ kind: 'image', media: { url: path } })) } : {};
        const answer = await post(kind, { [field]: path, ...body });
        expect([path, answer.status, answer.body.error]).toEqual([path, 400, 'VALIDATION_ERROR']);
      }
    }
    expect(await talk.contact.messages()).toEqual([]);
  });

  it('says 501 where ffmpeg is needed and not there; what needs no conversion is sent all the same', async () => {
    const { PATH } = process.env;
    const noise = wav().toString('base64');
    process.env.PATH = '/nonexistent';
    try {
      const refused = await post('voice', { voice: noise });
      expect([refused.status, refused.body.error]).toEqual([501, 'NOT_IMPLEMENTED']);
      const path = `/api/instances/${talk.instance.name}/media/convert/video`;
      expect((await talk.instance.user.post(path, { file: mp4().toString('base64') })).status).toBe(501);
      const bytes = opus(2_000);
      expect((await shown(await post('voice', { voice: bytes.toString('base64') }))).sha256).toBe(sha256(bytes));
    } finally {
      process.env.PATH = PATH;
    }
  });

  it('converts for callers', async () => {
    const path = `/api/instances/${talk.instance.name}/media/convert/voice`;
    const answer = await talk.instance.user.post(path, { file: wav().toString('base64') });
    expect([answer.status, answer.body.data?.mimetype]).toEqual([200, 'audio/ogg; codecs=opus']);
    const file = await fetch(answer.body.data.url);
    expect(sha256(Buffer.from(await file.arrayBuffer()))).toBe(answer.body.data.sha256);
    const video = await talk.instance.user.post(`/api/instances/${talk.instance.name}/media/convert/video`, {
      file: film().toString('base64'),
    });
    expect([video.status, video.body.data?.mimetype]).toEqual([200, 'video/mp4']);
    const broken = await talk.instance.user.post(path, { file: pdf().toString('base64') });
    expect([broken.status, broken.body.error]).toEqual([400, 'VALIDATION_ERROR']);
  });
});

describe('media out', () => {
  const file = async (bytes: Buffer, more: object = {}) => {
    const body = {
      from: talk.contact.number,
      to: talk.instance.phone,
      kind: 'document',
      mimetype: 'application/pdf',
      ...more,
    };
    const answer = await control(talk.gateway.controlUrl, 'POST', '/control/incoming-file', {
      ...{ ...body, base64: bytes.toString('base64') },
    });
    return answer.id as string;
  };
  const configure = (settings: object) =>
    talk.instance.user.must('PUT', `/api/instances/${talk.instance.name}`, { settings });
  const about = (id: string) => (data: { messageId: string }) => data.messageId === `msg_${id}`;
  const mediaOf = async (id: string) => {
    const { body } = await talk.instance.key.until(`/api/messages/msg_${id}`, ({ status }) => status === 200);
    return body.data.media as { url: string; sha256: string; size: number };
  };

  it('is fetched as it comes, and served by a link', async () => {
    const bytes = pdf(700_000);
    const id = await file(bytes, { fileName: 'Ré;sumé.pdf', caption: 'mine' });
    const { data } = await talk.told('media.stored', about(id));
    expect(data.media).toMatchObject({ sha256: sha256(bytes), size: bytes.length, mimetype: 'application/pdf' });
    const { url } = await mediaOf(id);
    const response = await fetch(url);
    expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(bytes));
    expect(response.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''R%C3%A9%3Bsum%C3%A9.pdf");
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await fetch(`${url.slice(0, -4)}AAAA`)).status).toBe(404);
    const native = await talk.instance.key.get(`/api/messages/msg_${id}/media`);
    expect(native.body.data).toMatchObject({ size: bytes.length, sha256: sha256(bytes), fileName: 'Ré;sumé.pdf' });
  });

  it('waits for somebody to ask where that is set, and is then fetched by the link', async () => {
    await configure({ mediaDownload: false });
    try {
      const bytes = pdf(50_000);
      const id = await file(bytes);
      const { url } = await mediaOf(id);
      const response = await fetch(url);
      expect([response.status, sha256(Buffer.from(await response.arrayBuffer()))]).toEqual([200, sha256(bytes)]);
    } finally {
      await configure({ mediaDownload: true });
    }
  });

  it('is asked for again from the phone when WhatsApp has it no more, and told when nobody has it', async () => {
    await configure({ mediaDownload: false });
    try {
      const [bytes, lost] = [pdf(40_000), pdf(41_000)];
      const [id, gone] = [await file(bytes), await file(lost)];
      await talk.gateway.person(talk.instance.phone).sees((message) => message.id === gone);
      const expire = (which: string, everywhere: boolean) =>
        control(talk.gateway.controlUrl, 'POST', '/control/expire-media', {
          phone: talk.instance.phone,
          id: which,
          everywhere,
        });
      await expire(id, false);
      await expire(gone, true);
      const response = await fetch((await mediaOf(id)).url);
      expect([response.status, sha256(Buffer.from(await response.arrayBuffer()))]).toEqual([200, sha256(bytes)]);
      const missing = await talk.instance.key.get(`/api/messages/msg_${gone}/media`);
      expect([missing.status, missing.body.details]).toEqual([404, { reason: 'MEDIA_GONE' }]);
    } finally {
      await configure({ mediaDownload: true });
    }
  });
});
