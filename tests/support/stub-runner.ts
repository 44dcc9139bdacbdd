import type { Adapters } from '../../lib/core/adapters/index.ts';
import { isOperationName, OPERATIONS } from '../../lib/core/catalogue/operations.ts';
import { GatewayError, notFound } from '../../lib/core/errors.ts';
import type { Command, Outcome } from '../../lib/core/model/command.ts';
import type { InstanceState } from '../../lib/core/model/instance.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { Fence, SessionWrite } from '../../lib/core/ports/session-store.ts';
import type { HandlerContext } from '../../runner/handlers/index.ts';
import { markRead } from '../../runner/handlers/messages.ts';
import type { WhatsAppSession } from '../../runner/session/whatsapp-session.ts';
import { sampleOutput } from './sample-output.ts';

export type Behaviour = (command: Command) => Outcome | Promise<Outcome>;

const sent: Behaviour = (command) => ({
  state: 'done',
  output: {
    messageId: `msg_${command.messageId}`,
    to: (command.input as { to: string }).to,
    timestampMs: command.acceptedAtMs + 5,
  },
});

/** What a command comes to when no behaviour was set for it. */
const DEFAULTS: Record<string, Behaviour> = {
  'message.sendText': sent,
  'message.sendImage': sent,
  'message.sendDocument': sent,
  'message.sendAudio': sent,
  'message.sendVideo': sent,
  'message.sendLocation': sent,
  'message.sendContact': sent,
  'contact.check': () => ({ state: 'done', output: { results: [] } }),
  'contact.profile': (command) => {
    const { jid } = command.input as { jid: string };
    const hidden = { phone: null, lid: null, name: null, about: null, picture: null, business: null };
    return { state: 'done', output: { jid, ...hidden } };
  },
  'contact.block': ({ input }) => ({ state: 'done', output: { jid: (input as { jid: string }).jid, blocked: true } }),
  'contact.unblock': ({ input }) => ({
    state: 'done',
    output: { jid: (input as { jid: string }).jid, blocked: false },
  }),
  'instance.connect': () => ({ state: 'done', output: { status: 'WAITING_FOR_SCAN' } }),
  'instance.restart': () => ({ state: 'done', output: { status: 'CONNECTING' } }),
  'instance.disconnect': () => ({ state: 'done', output: { status: 'DISCONNECTED' } }),
  'instance.logout': () => ({ state: 'done', output: { status: 'LOGGED_OUT' } }),
  'instance.configure': () => ({ state: 'done', output: {} }),
  'instance.remove': () => ({ state: 'done', output: {} }),
};

const OWNER = 'runner_stub';

/**
 * Stands in for the runner where a test of the API needs an answer: it hears the bells of one shard, claims and
 * finishes commands through the real ports, and opens no connection to anything.
 */
export class StubRunner {
  /** Every command that was claimed, in order. */
  readonly seen: Command[] = [];
  readonly #adapters: Adapters;
  readonly #shard: number;
  readonly #behaviours = new Map<string, Behaviour>();
  readonly #fences = new Map<string, Promise<{ fence: Fence; lastSeq: number }>>();
  /** Numbers of the last events, of the instances that have had any here. */
  readonly #lastSeqs = new Map<string, number>();
  readonly #abort = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(adapters: Adapters, shard = 0) {
    this.#adapters = adapters;
    this.#shard = shard;
  }

  start(): this {
    this.#loop = this.#run();
    return this;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
  }

  /** From now on commands of this instance and operation come to this; `undefined`: to the default again. */
  behave(instanceId: string, operation: string, behaviour: Behaviour | undefined): void {
    const key = `${instanceId}|${operation}`;
    if (behaviour) this.#behaviours.set(key, behaviour);
    else this.#behaviours.delete(key);
  }

  /** Reports a state of the instance, as the runner does: under its fence. */
  async setState(tenantId: string, instanceId: string, set: Partial<InstanceState>): Promise<void> {
    await this.write(tenantId, instanceId, [{ kind: 'state', set }]);
  }

  async write(tenantId: string, instanceId: string, writes: SessionWrite[]): Promise<void> {
    const { fence, lastSeq } = await this.#fence(tenantId, instanceId);
    const place = { shard: this.#shard, lastSeq: this.#lastSeqs.get(instanceId) ?? lastSeq };
    this.#lastSeqs.set(instanceId, await this.#adapters.sessions.commit(fence, writes, place));
  }

  #fence(tenantId: string, instanceId: string): Promise<{ fence: Fence; lastSeq: number }> {
    const known = this.#fences.get(instanceId);
    if (known) return known;
    const taken = this.#adapters.sessions.takeFence(tenantId, instanceId, OWNER);
    this.#fences.set(instanceId, taken);
    return taken;
  }

  async #run(): Promise<void> {
    const { bells } = this.#adapters;
    while (!this.#abort.signal.aborted) {
      const received = await bells.receive(this.#shard, 20, this.#abort.signal);
      for (const { bell } of received) await this.#drain(bell.instanceId);
      await bells.acknowledge(
        this.#shard,
        received.map(({ receipt }) => receipt),
      );
    }
  }

  async #drain(instanceId: string): Promise<void> {
    const { commands } = this.#adapters;
    for (const pending of await commands.listPending(this.#shard, instanceId)) {
      const { fence } = await this.#fence(pending.tenantId, instanceId);
      const command = await commands.claim(instanceId, pending.commandId, OWNER, fence.epoch, Date.now());
      if (!command) continue;
      this.seen.push(command);
      const behaviour = this.#behaviours.get(`${instanceId}|${command.operation}`) ?? this.#default(command.operation);
      if (!behaviour) throw new Error(`the stub runner has no answer for ${command.operation}`);
      await this.#finish(command, await behaviour(command));
    }
  }

  #default(operation: string): Behaviour | undefined {
    if (operation === 'message.markRead') return (command) => this.#markRead(command);
    if (DEFAULTS[operation] || !isOperationName(operation)) return DEFAULTS[operation];
    const { sendsMessage, input } = OPERATIONS[operation];
    if (sendsMessage) return sent;
    const done: Behaviour = () => ({ state: 'done', output: sampleOutput(operation) });
    return 'messageId' in input.shape ? async (command) => (await this.#missing(command)) ?? done(command) : done;
  }

  /** Which message is meant is for the runner to find out. */
  async #missing({ instanceId, input }: Command): Promise<Outcome | undefined> {
    const { messageId } = input as { messageId: string };
    if (await this.#adapters.messages.get(instanceId, messageId)) return undefined;
    const { code, message } = notFound('message');
    return { state: 'failed', error: { code, message } };
  }

  /** The runner's own handler, on a session that sends nothing: which message is meant is for it to find out. */
  async #markRead(command: Command): Promise<Outcome> {
    const session = { markRead: async () => undefined } as unknown as WhatsAppSession;
    const context = { session, command, messages: this.#adapters.messages, clock: () => command.acceptedAtMs };
    try {
      const { output } = await markRead(context as unknown as HandlerContext, command.input as { messageId: string });
      return { state: 'done', output };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { state: 'failed', error: { code: error.code, message: error.message } };
    }
  }

  async #finish(command: Command, outcome: Outcome): Promise<void> {
    const finishedAtMs = Date.now();
    const writes: SessionWrite[] = [
      { kind: 'finish', commandId: command.id, shard: command.shard, outcome, finishedAtMs },
    ];
    if (command.messageId !== null) {
      const moment = { done: 'sentAtMs', failed: 'failedAtMs', unknown: 'unknownAtMs' } as const;
      writes.push({
        kind: 'message',
        id: command.messageId,
        scope: OUT_SCOPE,
        once: { [moment[outcome.state]]: finishedAtMs },
        ...(outcome.state === 'done' ? {} : { set: { error: outcome.error } }),
      });
    }
    await this.write(command.tenantId, command.instanceId, writes);
  }
}
