/**
 * Runs one scenario of libsignal's faults and prints what it saw as JSON on the last line. A process of its own,
 * because the cures are applied (or left out) once per process.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type AuthenticationCreds,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  type ILogger,
  initAuthCreds,
  type SignalDataSet,
  type SignalKeyStoreWithTransaction,
} from '../../lib/baileys/index.ts';

const noop = (): void => {};
const logger: ILogger = {
  level: 'silent',
  trace: noop,
  debug: noop,
  info: noop,
  warn: noop,
  error: noop,
  child: () => logger,
};

interface Party {
  creds: AuthenticationCreds;
  values: Map<string, unknown>;
  repository: ReturnType<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>;
  /** Awaited by each read of a session. */
  beforeSession: () => Promise<void> | void;
}

function makeParty(): Party {
  const creds = initAuthCreds();
  const values = new Map<string, unknown>();
  const party = { creds, values, beforeSession: noop } as unknown as Party;
  const keys = {
    async get(type: string, ids: string[]) {
      if (type === 'session') await party.beforeSession();
      return Object.fromEntries(
        ids.filter((id) => values.has(`${type}|${id}`)).map((id) => [id, values.get(`${type}|${id}`)]),
      );
    },
    async set(data: SignalDataSet) {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries)) values.set(`${type}|${id}`, value ?? undefined);
      }
    },
    transaction: <T>(work: () => Promise<T>) => work(),
    isInTransaction: () => false,
  } as SignalKeyStoreWithTransaction;
  party.repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, logger);
  return party;
}

let nextPreKey = 1;

function bundleOf(party: Party) {
  const keyId = nextPreKey++;
  const pair = Curve.generateKeyPair();
  party.values.set(`pre-key|${keyId}`, pair);
  const { signedPreKey, signedIdentityKey, registrationId } = party.creds;
  return {
    registrationId,
    identityKey: generateSignalPubKey(signedIdentityKey.public) as Uint8Array,
    signedPreKey: {
      keyId: signedPreKey.keyId,
      publicKey: generateSignalPubKey(signedPreKey.keyPair.public) as Uint8Array,
      signature: signedPreKey.signature,
    },
    preKey: { keyId, publicKey: generateSignalPubKey(pair.public) as Uint8Array },
  };
}

const CONTACT = '77@lid';
const US = '11@lid';

async function nextMillisecond(): Promise<void> {
  for (const nowMs = Date.now(); Date.now() === nowMs; ) await new Promise(setImmediate);
}

/** Two tenants write to one contact, and the first one's store hangs. */
async function queue() {
  const context = new AsyncLocalStorage<string>();
  const contact = makeParty();
  const [a, b] = [makeParty(), makeParty()];
  for (const tenant of [a, b]) await tenant.repository.injectE2ESession({ jid: CONTACT, session: bundleOf(contact) });
  const gate = Promise.withResolvers<void>();
  const contexts: (string | undefined)[] = [];
  a.beforeSession = () => gate.promise;
  b.beforeSession = () => {
    contexts.push(context.getStore());
  };
  const data = Buffer.from('hello');
  const first = context.run('a', () => a.repository.encryptMessage({ jid: CONTACT, data }));
  let finished = false;
  const second = context.run('b', () => b.repository.encryptMessage({ jid: CONTACT, data }));
  void second.then(() => {
    finished = true;
  });
  for (let n = 0; n < 100; n++) await new Promise(setImmediate);
  const finishedWhileOtherHung = finished;
  gate.resolve();
  await Promise.all([first, second]);
  return { finishedWhileOtherHung, contexts };
}

/** A message of the old session arrives after a new one was begun. */
async function trial() {
  const [us, phone] = [makeParty(), makeParty()];
  const toPhone = async (text: string) => {
    const sent = await us.repository.encryptMessage({ jid: CONTACT, data: Buffer.from(text) });
    return Buffer.from(await phone.repository.decryptMessage({ jid: US, ...sent })).toString();
  };
  await us.repository.injectE2ESession({ jid: CONTACT, session: bundleOf(phone) });
  await toPhone('one');
  const reply = await phone.repository.encryptMessage({ jid: US, data: Buffer.from('two') });
  await us.repository.decryptMessage({ jid: CONTACT, ...reply });
  await toPhone('three');
  const late = await phone.repository.encryptMessage({ jid: US, data: Buffer.from('late') });
  await nextMillisecond();
  await us.repository.injectE2ESession({ jid: CONTACT, session: bundleOf(phone) });
  const lateText = Buffer.from(await us.repository.decryptMessage({ jid: CONTACT, ...late })).toString();
  const next = await toPhone('next').catch((error: Error) => `error: ${error.message}`);
  return { lateText, next };
}

/** A long talk in which every message is an answer; one message of it comes three turns late. */
async function chains() {
  const [us, phone] = [makeParty(), makeParty()];
  const say = (from: Party, jid: string, text: string) =>
    from.repository.encryptMessage({ jid, data: Buffer.from(text) });
  const hear = async (by: Party, jid: string, sent: Awaited<ReturnType<typeof say>>) =>
    Buffer.from(await by.repository.decryptMessage({ jid, ...sent })).toString();
  const turn = async (n: number) => {
    await hear(phone, US, await say(us, CONTACT, `out ${n}`));
    return hear(us, CONTACT, await say(phone, US, `in ${n}`));
  };
  await us.repository.injectE2ESession({ jid: CONTACT, session: bundleOf(phone) });
  for (let n = 0; n < 20; n++) await turn(n);
  const late = await say(phone, US, 'late');
  const heard = [];
  for (let n = 20; n < 23; n++) heard.push(await turn(n));
  heard.push(await hear(us, CONTACT, late));
  const [record] = [...us.values].filter(([key]) => key.startsWith('session|')).map(([, value]) => value);
  const [session] = Object.values((record as { _sessions: Record<string, { _chains: object }> })._sessions);
  return { heard, chains: Object.keys(session?._chains ?? {}).length };
}

/** A new session closes an open one, which libsignal prints. */
async function print() {
  const [us, phone] = [makeParty(), makeParty()];
  for (let n = 0; n < 3; n++) {
    await us.repository.injectE2ESession({ jid: CONTACT, session: bundleOf(phone) });
    const sent = await us.repository.encryptMessage({ jid: CONTACT, data: Buffer.from('x') });
    await phone.repository.decryptMessage({ jid: US, ...sent });
  }
  const wrong = await us.repository.encryptMessage({ jid: CONTACT, data: Buffer.from('y') });
  await us.repository.decryptMessage({ jid: CONTACT, type: 'msg', ciphertext: wrong.ciphertext }).catch(noop);
  const { console: out } = globalThis;
  out.log('an ordinary line');
  const { consoleGuardStats } = await import('../../lib/baileys/index.ts');
  return { swallowed: consoleGuardStats() };
}

const scenarios: Record<string, () => Promise<unknown>> = { queue, trial, chains, print };
const result = await scenarios[process.argv[2] ?? '']!();
process.stdout.write(`\n${JSON.stringify(result)}\n`);
