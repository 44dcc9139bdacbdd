import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
const MAX_UPLOAD_BYTES = 128 * 1024 * 1024;
/** Behind the name of a blob that has expired, but that its phones have. */
const ASIDE = '.aside';

/**
 * The media host: encrypted blobs over TLS, because Baileys speaks nothing but https to it.
 *
 * `POST /mms/<kind>/<hash>` stores a blob and answers `{url, direct_path}`; `GET <direct_path>` serves it, ranges too.
 * Blobs are files, so they outlive the process; without a data directory they lie in a temporary one.
 */
export class MediaServer {
  /** PEM file to trust (`NODE_EXTRA_CA_CERTS`); it vouches for this server and, being no CA, for nothing else. */
  readonly caFile: string;
  readonly #server: Server;
  readonly #blobDir: string;
  readonly #temporaryDir: string | undefined;
  #uploads = 0;

  private constructor(server: Server, caFile: string, blobDir: string, temporaryDir: string | undefined) {
    this.#server = server;
    this.caFile = caFile;
    this.#blobDir = blobDir;
    this.#temporaryDir = temporaryDir;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  /**
   * Starts the host on a free loopback port: the one it had last time if possible, since old messages name it.
   * @param dataDir where certificate, key (0600) and blobs are kept; undefined uses a temporary directory
   */
  static async start(dataDir: string | undefined): Promise<MediaServer> {
    const home = dataDir ?? (await mkdtemp(join(tmpdir(), 'sandbox-media-')));
    const blobDir = join(home, 'media');
    await mkdir(blobDir, { recursive: true, mode: 0o700 });
    const { key, cert, caFile } = await certificateIn(home);
    const server = createServer({ key, cert });
    const portFile = join(home, 'media-port');
    const lastPort = Number(await readFile(portFile, 'utf8').catch(() => 0));
    await listen(server, lastPort).catch(() => listen(server, 0));
    await writeFile(portFile, String((server.address() as AddressInfo).port));
    return new MediaServer(server, caFile, blobDir, dataDir === undefined ? home : undefined);
  }

  /** Host and port as `media_conn` names them. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The certificate of `caFile`. */
  get certificate(): string {
    return readFileSync(this.caFile, 'utf8');
  }

  /** Where a stored blob can be fetched. */
  urlOf(name: string): string {
    return `https://${this.host}/v/${name}`;
  }

  /** Stores a blob of the sandbox's own under a name of `[\w-]+`. */
  store(name: string, bytes: Uint8Array): void {
    writeFileSync(join(this.#blobDir, name), bytes);
  }

  /** The bytes of a stored blob by its `direct_path`; undefined when there are none. */
  read(directPath: string): Buffer | undefined {
    const name = blobNameOf(directPath);
    try {
      return name ? readFileSync(join(this.#blobDir, name)) : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Serves a blob no more; it is kept aside for `restore` unless it is gone `everywhere`. False: there is none.
   */
  expire(directPath: string, everywhere: boolean): boolean {
    const path = this.#pathOf(directPath);
    if (!path || !existsSync(path)) return false;
    if (everywhere) rmSync(path);
    else renameSync(path, `${path}${ASIDE}`);
    return true;
  }

  /** Serves a blob that had expired under a new path; undefined when it is not kept. */
  restore(directPath: string): string | undefined {
    const path = this.#pathOf(directPath);
    if (!path || !existsSync(`${path}${ASIDE}`)) return undefined;
    const name = createHash('sha256').update(`again|${directPath}`).digest('hex');
    renameSync(`${path}${ASIDE}`, join(this.#blobDir, name));
    return `/v/${name}`;
  }

  #pathOf(directPath: string): string | undefined {
    const name = blobNameOf(directPath);
    return name && join(this.#blobDir, name);
  }

  /** Stops serving; a temporary directory is removed. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    if (this.#temporaryDir) rmSync(this.#temporaryDir, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { pathname } = new URL(request.url ?? '/', 'https://sandbox');
      if (request.method === 'POST') await this.#receive(request, response, pathname);
      else await this.#serve(request, response, pathname);
    } catch {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  }

  async #receive(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    const name = createHash('sha256').update(pathname).digest('hex');
    const partial = join(this.#blobDir, `${name}.${++this.#uploads}.part`);
    const file = await open(partial, 'w', 0o600);
    let received = 0;
    try {
      await pipeline(
        request,
        async function* limit(chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            received += chunk.length;
            if (received > MAX_UPLOAD_BYTES) throw new Error('upload is too large');
            yield chunk;
          }
        },
        file.createWriteStream(),
      );
    } catch (error) {
      await unlink(partial).catch(() => undefined);
      throw error;
    }
    await rename(partial, join(this.#blobDir, name));
    const answer = JSON.stringify({ url: this.urlOf(name), direct_path: `/v/${name}` });
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    const name = blobNameOf(pathname);
    const path = name && join(this.#blobDir, name);
    const size = path
      ? await stat(path).then(
          (found) => found.size,
          () => undefined,
        )
      : undefined;
    if (!path || size === undefined) return void response.writeHead(404).end();
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '');
    const start = Math.min(Number(range?.[1] ?? 0), size);
    const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
    response.writeHead(range ? 206 : 200, {
      'content-length': Math.max(0, end - start + 1),
      ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
    });
    if (end < start) return void response.end();
    const file = await open(path);
    await pipeline(file.createReadStream({ start, end }), response);
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

const blobNameOf = (directPath: string): string | undefined => /^\/v\/([\w-]+)$/.exec(directPath)?.[1];

async function certificateIn(directory: string): Promise<{ key: Buffer; cert: Buffer; caFile: string }> {
  const caFile = join(directory, 'media-cert.pem');
  const keyFile = join(directory, 'media-key.pem');
  try {
    return { key: readFileSync(keyFile), cert: readFileSync(caFile), caFile };
  } catch {
    const { generate } = await import('selfsigned');
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'Simulated WhatsApp media' }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      notAfterDate: new Date(Date.now() + TEN_YEARS_MS),
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true },
        { name: 'extKeyUsage', serverAuth: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(keyFile, key, { mode: 0o600 });
    writeFileSync(caFile, cert);
    return { key: Buffer.from(key), cert: Buffer.from(cert), caFile };
  }
}
