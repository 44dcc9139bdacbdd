import { Readable } from 'node:stream';
import type { Context, Hono } from 'hono';
import type { Ports } from '../../lib/core/ports/index.ts';
import { receiveUpload } from '../../lib/core/usecases/accept-upload.ts';
import { openDownload } from '../../lib/core/usecases/open-download.ts';
import { type ApiEnv, failure, publicError } from '../dialects/mount.ts';
import { nativeCore } from '../dialects/native/core.ts';

const FILES = '/api/media/files/:token';
const UPLOADS = '/api/media/uploads/:token';

/**
 * The two paths whose token is the credential, and whose bodies are files: they stream, past the bound of other bodies.
 *
 *   GET files/<token>     a received file: a redirect to where it lies, or itself
 *   PUT uploads/<token>   the bytes of an upload that `POST /api/media` granted, where the API takes them itself
 */
export function mountMediaFiles(app: Hono<ApiEnv>, ports: Ports): void {
  const answered = (path: string, work: (c: Context<ApiEnv>) => Promise<Response>) => async (c: Context<ApiEnv>) => {
    c.set('route', path);
    try {
      return await work(c);
    } catch (error) {
      return failure(c, nativeCore, publicError(error, c, ports), undefined);
    }
  };
  app.get(
    FILES,
    answered(FILES, async (c) => {
      const found = await openDownload(ports, c.req.param('token') ?? '', c.get('origin'));
      if ('redirect' in found) return c.redirect(found.redirect, 302);
      const { facts, body } = found;
      const headers = {
        'content-type': facts.mimetype ?? 'application/octet-stream',
        'content-length': String(facts.size),
        // Strangers choose what is in it: a browser is to save it, never to show it as a page of ours.
        'content-disposition': `attachment${facts.fileName ? `; filename*=UTF-8''${encodeURIComponent(facts.fileName)}` : ''}`,
        'content-security-policy': "sandbox; default-src 'none'",
      };
      if (c.req.method === 'HEAD') {
        body.destroy();
        return c.body(null, 200, headers);
      }
      return c.body(Readable.toWeb(Readable.from(body, { objectMode: false })) as ReadableStream, 200, headers);
    }),
  );
  app.put(
    UPLOADS,
    answered(UPLOADS, async (c) => {
      const body = c.req.raw.body;
      async function* nothing(): AsyncGenerator<Uint8Array> {}
      const stored = await receiveUpload(ports, c.req.param('token') ?? '', body ?? nothing());
      return c.json({ success: true, data: stored, meta: { request_id: c.get('requestId') } }, 200);
    }),
  );
}
