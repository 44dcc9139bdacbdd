/** A person with a simulated phone, over the sandbox's control API: works with a sandbox in any process. */
export interface SeenMessage {
  index: number;
  id: string;
  from: string;
  author: string;
  own: boolean;
  text: string | null;
  type: string;
  /** The decrypted message: protobuf names, bytes as base64, enums by name, without keys. */
  content: Record<string, unknown>;
  /** Hex, of the file that it points to, as the phone decrypts it. */
  sha256: string | null;
}

export interface PhoneFacts {
  number: string;
  jid: string;
  lid: string;
  linkedDevices: string[];
  online: boolean;
  duplicates: number;
  decryptErrors: unknown[];
  retryRequests: number;
}

export class Person {
  readonly #controlUrl: string;
  readonly number: string;

  constructor(controlUrl: string, number: string) {
    this.#controlUrl = controlUrl;
    this.number = number;
  }

  /** What the phone shows, oldest first. */
  async messages(after = 0, waitMs = 0): Promise<SeenMessage[]> {
    const path = `/control/phones/${this.number}/messages?after=${after}&waitMs=${Math.ceil(waitMs)}`;
    return (await control(this.#controlUrl, 'GET', path)).messages as SeenMessage[];
  }

  /** Resolves with the first `count` messages that `accept` likes, as soon as they are there. */
  async sees(accept: (message: SeenMessage) => boolean, count = 1, withinMs = 45_000): Promise<SeenMessage[]> {
    const endMs = performance.now() + withinMs;
    const found: SeenMessage[] = [];
    let last = 0;
    while (found.length < count) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) throw new Error(`${this.number} saw ${found.length} of ${count} messages`);
      for (const message of await this.messages(last, Math.min(leftMs, 5_000))) {
        last = Math.max(last, message.index);
        if (accept(message)) found.push(message);
      }
    }
    return found;
  }

  async facts(): Promise<PhoneFacts> {
    return (await control(this.#controlUrl, 'GET', `/control/phones/${this.number}`)) as unknown as PhoneFacts;
  }

  /** Writes to a number or group. Returns the WhatsApp id. */
  async writes(to: string, text: string): Promise<string> {
    return (await control(this.#controlUrl, 'POST', '/control/incoming', { to, from: this.number, text })).id as string;
  }

  /** Sends a message of any form, in protobuf's words, to a number. */
  async answers(to: string, message: object): Promise<void> {
    await control(this.#controlUrl, 'POST', '/control/incoming', { from: this.number, to, message });
  }

  /** What it was told of the other side's presence, oldest first. */
  async states(): Promise<string[]> {
    const { activity } = await control(this.#controlUrl, 'GET', `/control/phones/${this.number}/activity`);
    return (activity as { state: string }[]).map(({ state }) => state);
  }

  async typesCode(code: string): Promise<void> {
    await control(this.#controlUrl, 'POST', '/control/pair-code', { phone: this.number, code });
  }
}

/** Calls the sandbox's control API. @throws Error with its text for 4xx and 5xx */
export async function control(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${String(answer.error ?? text)}`);
  return answer;
}
