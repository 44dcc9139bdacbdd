import makeWASocket, {
  type AuthenticationCreds,
  type BinaryNode,
  initAuthCreds,
  type SignalDataSet,
  type SignalDataTypeMap,
  type WASocket,
} from '../lib/baileys/index.ts';
import { baileysLogger, createLogger } from '../runner/log.ts';
import { control } from '../tests/support/person.ts';

/**
 * Baileys alone, keys in memory, nothing stored: what any gateway on top of it can at best be compared with.
 * Links itself to the simulated phone of `phone`.
 */
export async function linkBareSocket(sandboxUrl: string, phone: string): Promise<BareSocket> {
  const creds = initAuthCreds();
  const keys = memoryKeys();
  for (;;) {
    const sock = open(sandboxUrl, creds, keys);
    const outcome = await new Promise<'open' | 'again'>((done, failed) => {
      sock.ev.on('creds.update', (update) => void Object.assign(creds, update));
      sock.ev.on('connection.update', ({ qr, connection }) => {
        if (qr) control(sandboxUrl, 'POST', '/control/scan', { qr, phone }).catch(failed);
        if (connection === 'open') done('open');
        if (connection === 'close') done('again');
      });
    });
    if (outcome === 'open') return new BareSocket(sock);
  }
}

export class BareSocket {
  readonly #sock: WASocket;

  constructor(sock: WASocket) {
    this.#sock = sock;
  }

  /** Milliseconds from the call to the server's ack. */
  async send(to: string, text: string): Promise<number> {
    const startMs = performance.now();
    const messageId = `3EB0${crypto.randomUUID().replaceAll('-', '').slice(0, 18).toUpperCase()}`;
    const ack = this.#sock.waitForMessage<BinaryNode>(messageId, 20_000);
    await this.#sock.sendMessage(`${to}@s.whatsapp.net`, { text }, { messageId });
    await ack;
    return performance.now() - startMs;
  }

  async end(): Promise<void> {
    await this.#sock.end(undefined);
  }
}

type Keys = ReturnType<typeof memoryKeys>;

function open(sandboxUrl: string, creds: AuthenticationCreds, keys: Keys): WASocket {
  return makeWASocket({
    auth: { creds, keys },
    waWebSocketUrl: `${sandboxUrl.replace(/^http/, 'ws')}/ws/chat`,
    logger: baileysLogger(createLogger('silent')),
    emitOwnEvents: false,
    markOnlineOnConnect: false,
  });
}

function memoryKeys() {
  const rows = new Map<string, unknown>();
  return {
    get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
      const found: { [id: string]: SignalDataTypeMap[T] } = {};
      for (const id of ids) {
        const value = rows.get(`${type}|${id}`);
        if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
      }
      return found;
    },
    set: (data: SignalDataSet) => {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries ?? {})) {
          if (value == null) rows.delete(`${type}|${id}`);
          else rows.set(`${type}|${id}`, value);
        }
      }
    },
  };
}
