import type { WAMessage } from '../../lib/baileys/index.ts';
import type { Logger } from '../log.ts';
import { type DownloadedFile, MediaError, type MediaFault } from './download.ts';

const AT_A_TIME = 2;
const ATTEMPTS = 3;
const RETRY_MS = 2_000;

export interface FetcherOptions {
  download(message: WAMessage): Promise<DownloadedFile>;
  /** Called once for each message, before its `done`. */
  ended(message: WAMessage, result: DownloadedFile | MediaFault): void;
  log: Logger;
}

/**
 * Fetches the files of messages as they come, a few at a time and again when it fails. What is not fetched when the
 * process ends was never `done`: its message comes again at the next start.
 */
export class MediaFetcher {
  readonly #options: FetcherOptions;
  readonly #waiting: { message: WAMessage; done: () => void }[] = [];
  #busy = 0;
  #stopped = false;

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  take(message: WAMessage, done: () => void): void {
    this.#waiting.push({ message, done });
    this.#next();
  }

  /** Begins nothing more; what is under way ends unheard. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
  }

  #next(): void {
    if (this.#stopped || this.#busy >= AT_A_TIME) return;
    const job = this.#waiting.shift();
    if (!job) return;
    this.#busy += 1;
    void this.#fetch(job.message)
      .then((result) => {
        if (this.#stopped || result === undefined) return;
        this.#options.ended(job.message, result);
        job.done();
      })
      .catch((err: unknown) => this.#options.log.error({ err }, 'the end of a download was not told'))
      .finally(() => {
        this.#busy -= 1;
        this.#next();
      });
  }

  /** undefined: it ended for reasons of our own, and is to be tried again after a restart. */
  async #fetch(message: WAMessage): Promise<DownloadedFile | MediaFault | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#options.download(message);
      } catch (error) {
        const fault = error instanceof MediaError ? error.fault : undefined;
        if (fault && fault !== 'unreachable') return fault;
        this.#options.log.warn({ err: error, attempt }, 'the file of a message was not fetched');
        if (attempt === ATTEMPTS || this.#stopped) return fault;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt).unref());
      }
    }
  }
}
