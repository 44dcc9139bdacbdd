import { OPERATIONS, type OperationName } from '../lib/core/catalogue/operations.ts';
import { GatewayError } from '../lib/core/errors.ts';
import type { Command, CommandError, Outcome } from '../lib/core/model/command.ts';
import { DEFAULT_SETTINGS, INITIAL_STATE, type InstanceStatus } from '../lib/core/model/instance.ts';
import { OUT_SCOPE } from '../lib/core/model/message.ts';
import type { PendingCommand } from '../lib/core/ports/index.ts';
import { FencedError, type SessionWrite } from '../lib/core/ports/session-store.ts';
import { admit, failure, inDoubt } from './admission.ts';
import { abreast, Claims, inTurn, MAX_ABREAST } from './claims.ts';
import type { RunnerDeps } from './deps.ts';
import { sentToChat } from './events/messages.ts';
import { outcomeEvents } from './events/tell.ts';
import { HANDLERS, type Handler, type HandlerContext } from './handlers/index.ts';
import type { Logger } from './log.ts';
import { Pacer } from './pacer.ts';
import { probe } from './probe.ts';
import { Session } from './session/session.ts';
import { ConnectionLost, type Turn } from './session/whatsapp-session.ts';
import { endsWithin } from './waiting.ts';

/** Same-id repeats of one send within one claim, before it is reported as unknown. */
const MAX_REPEATS = 3;
/** How long a lane sleeps at most while its session is away; it wakes at every change of status. */
const LANE_NAP_MS = 30_000;
const RELOAD_MS = 2_000;
/** Statuses of a session that was open, or on its way, when its last owner let go of it. */
const ALIVE = new Set<InstanceStatus>(['CONNECTING', 'WAITING_FOR_SCAN', 'CONNECTED', 'RECONNECTING']);

type Lane = 'control' | 'session';

/**
 * Everything one instance does in this runner: its session, and its commands in the order of acceptance. Two lanes:
 * what opens, closes or removes the session must not wait behind a message that waits for the session to be open.
 */
export class InstanceWorker {
  readonly instanceId: string;
  readonly tenantId: string;
  readonly #shard: { number: number; epoch: number };
  readonly #deps: RunnerDeps;
  readonly #log: Logger;
  readonly #lanes: Record<Lane, { running: boolean; again: boolean }> = {
    control: { running: false, again: false },
    session: { running: false, again: false },
  };
  #session: Promise<Session | undefined> | undefined;
  #current: Session | undefined;
  readonly #pacer: Pacer;
  #stopped = false;
  /** Commands that are claimed, or just being claimed. */
  readonly #underWay = new Set<Promise<boolean>>();
  readonly #claims: Claims;

  constructor(
    deps: RunnerDeps,
    /** As its owner claimed it. */
    shard: { number: number; epoch: number },
    tenantId: string,
    instanceId: string,
  ) {
    this.#deps = deps;
    this.#shard = shard;
    this.tenantId = tenantId;
    this.instanceId = instanceId;
    this.#log = deps.logger.child({ instanceId });
    const { chats, clock, random } = deps;
    this.#pacer = new Pacer({ instanceId, chats, clock, random, wake: () => void this.#drain('session') });
    this.#claims = new Claims(deps, instanceId);
  }

  get session(): Session | undefined {
    return this.#current;
  }

  /** A command is under way. */
  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  /**
   * Comes back after that time: loads the session and connects it when it was linked, what a new owner does first. A
   * store that fails is asked again.
   */
  resumeSoon(afterMs: number): void {
    const resume = () => {
      if (this.#stopped) return;
      this.#resume().catch((error) => {
        if (error instanceof FencedError) return;
        this.#log.error({ err: error }, 'the session could not be loaded');
        this.resumeSoon(RELOAD_MS);
      });
    };
    setTimeout(resume, afterMs).unref();
  }

  async #resume(): Promise<void> {
    const release = await this.#deps.loadSlot();
    let session: Session | undefined;
    try {
      if (this.#stopped) return;
      const instance = await this.#deps.instances.get(this.tenantId, this.instanceId);
      if (!instance || !ALIVE.has(instance.state.status)) return;
      session = await this.#load();
    } finally {
      release();
    }
    if (this.#stopped) return;
    if (session?.hasAccount) await session.connect();
    else await session?.resumeLinking();
  }

  /** Looks for pending commands and runs them. Returns at once; does nothing twice. */
  kick(): void {
    let pending: Promise<PendingCommand[]> | undefined;
    const list = () => (pending ??= this.#listPending());
    for (const lane of ['control', 'session'] as const) void this.#drain(lane, list);
  }

  #listPending(): Promise<PendingCommand[]> {
    return this.#deps.commands.listPending(this.#shard.number, this.instanceId);
  }

  /** Takes nothing new. Resolves when what is under way has ended, or after `waitMs`; the session stays open. */
  async quiesce(waitMs: number): Promise<void> {
    this.#halt();
    if (this.#underWay.size > 0) await endsWithin(waitMs, Promise.allSettled(this.#underWay));
  }

  /** Closes the session without logging out, and stores what it has to store; after `waitMs` it is abandoned. */
  async stop(waitMs: number): Promise<void> {
    this.#halt();
    const ended = (async () => (await this.#session?.catch(() => undefined))?.stop())();
    if (await endsWithin(waitMs, ended)) return ended;
    this.#log.error({ waitMs }, 'the session did not end: it is abandoned');
    this.abandon();
  }

  /** Ends at once, and stores nothing: the instance is another runner's, or may be. */
  abandon(): void {
    this.#halt();
    void this.#session?.then(
      (session) => session?.abandon(),
      () => undefined,
    );
    this.#current?.abandon();
  }

  #halt(): void {
    this.#stopped = true;
    this.#pacer.stop();
    this.#current?.wake();
  }

  /** `first`: what is pending now, where another lane asks too. */
  async #drain(lane: Lane, first?: () => Promise<PendingCommand[]>): Promise<void> {
    const state = this.#lanes[lane];
    if (state.running) {
      state.again = true;
      return;
    }
    state.running = true;
    let list = first;
    try {
      do {
        state.again = false;
        const pending = await (list?.() ?? this.#listPending());
        list = undefined;
        if (lane === 'session') this.#pacer.begin();
        const own = this.#claims.unended(pending).filter(({ operation }) => laneOf(operation) === lane);
        for (let from = 0; from < own.length; ) {
          if (this.#stopped) return;
          const session = await this.#load();
          if (!session) break;
          const most = lane === 'control' || this.#pacer.isSpacing(session) ? 1 : MAX_ABREAST;
          const entries = abreast(own.slice(from, from + most));
          from += entries.length;
          // What was begun and did not end goes first, when the session is back.
          if (!(await this.#take(session, entries, lane, from < own.length))) break;
        }
      } while (state.again && !this.#stopped);
    } catch (error) {
      this.#log.error({ err: error, lane }, 'a lane stopped; the sweeper will look again');
    } finally {
      if (lane === 'session') this.#current?.expectMore(false);
      state.running = false;
    }
  }

  /** False: the session has ended before a command did, so that nothing behind it may go yet. */
  async #take(session: Session, entries: PendingCommand[], lane: Lane, hasNext: boolean): Promise<boolean> {
    const first = entries[0] as PendingCommand;
    if (lane === 'session') {
      session.expectMore(hasNext || entries.length > 1);
      if (!(await this.#untilReady(session, first))) return false;
      if (await this.#pacer.holds(session, first)) return true;
    }
    if (this.#stopped || this.#deps.isFenced()) return false;
    const work = this.#claim(session, entries);
    this.#underWay.add(work);
    return work.finally(() => this.#underWay.delete(work));
  }

  /** @returns false for a command that is claimed and has not ended */
  async #claim(session: Session, entries: readonly PendingCommand[]): Promise<boolean> {
    const { clock, metrics } = this.#deps;
    const commands = await this.#claims.take(session.epoch, entries);
    for (const { acceptedAtMs } of commands) metrics.claimed(clock() - acceptedAtMs);
    const turns = inTurn(commands.length);
    const ended = await Promise.all(
      commands.map((command, i) => this.#run(session, command, turns[i]).finally(turns[i]?.leave)),
    );
    return !ended.includes(false);
  }

  /** Waits while a linked session is on its way back. False: the worker is stopping, or the session has died. */
  async #untilReady(session: Session, entry: PendingCommand): Promise<boolean> {
    while (!this.#stopped && this.#current === session) {
      const leftMs = entry.notAfterMs - this.#deps.clock();
      if (session.isOpen || !session.willOpen || leftMs <= 0) return true;
      await session.changed(Math.min(leftMs, LANE_NAP_MS));
    }
    return false;
  }

  /** @returns false when the session ended before the command did */
  async #run(session: Session, command: Command, turn?: Turn): Promise<boolean> {
    const { clock, metrics } = this.#deps;
    const admitted = admit(command, clock());
    if ('refused' in admitted) {
      await this.#finish(session, command, admitted.refused, []);
      return true;
    }
    const { operation, input } = admitted;
    const startedMs = performance.now();
    const { outcome, writes } = await this.#attempt(session, command, { operation, input, turn });
    if (!outcome) return false;
    const isDone = outcome.state === 'done';
    const sinceAcceptMs = clock() - command.acceptedAtMs;
    if (OPERATIONS[operation].sendsMessage && isDone) metrics.acked(sinceAcceptMs);
    await this.#finish(session, command, outcome, writes);
    const { id: commandId, requestId, attempt } = command;
    const took = { state: outcome.state, ms: Math.round(performance.now() - startedMs), sinceAcceptMs };
    this.#log.info({ commandId, requestId, operation, attempt, epoch: session.epoch, ...took }, 'command finished');
    // What was held back under other settings may go.
    if (operation === 'instance.configure') void this.#drain('session');
    if (operation === 'instance.remove' && isDone) await this.#purge(session);
    return true;
  }

  /** Runs the handler; a lost connection is waited out and the same thing done again, as the catalogue allows. */
  async #attempt(
    session: Session,
    command: Command,
    { operation, input, turn }: { operation: OperationName; input: unknown; turn: Turn | undefined },
  ): Promise<{ outcome: Outcome | undefined; writes: SessionWrite[] }> {
    const handler = HANDLERS[operation] as unknown as Handler<OperationName>;
    const { instances, messages, chats, media, outbound, clock } = this.#deps;
    const context: HandlerContext = {
      ...{ session, control: session, command, isRepeat: command.attempt > 1, turn },
      ...{ instances, messages, chats, media, outbound, clock },
    };
    for (let repeat = 0; ; repeat += 1) {
      try {
        if (repeat === 0 && OPERATIONS[operation].sendsMessage) {
          await this.#pacer.leaves(session, (input as { to: string }).to);
        }
        const { output, writes } = await handler(context, input as never);
        return { outcome: { state: 'done', output }, writes: writes ?? [] };
      } catch (error) {
        if (error instanceof GatewayError) {
          const { code, message, details } = error;
          return { outcome: { state: 'failed', error: { code, message, details } }, writes: [] };
        }
        if (!(error instanceof ConnectionLost)) {
          this.#log.error({ err: error, operation }, 'a handler failed');
          return { outcome: failure('INTERNAL_ERROR', 'The operation failed.'), writes: [] };
        }
        const isDoubtful = !error.isBefore && OPERATIONS[operation].onAmbiguity === 'report';
        if (isDoubtful) return { outcome: inDoubt(error.message), writes: [] };
        // Stopping or dead: the row stays claimed, and the next owner takes it under its higher epoch.
        if (!(await this.#untilReady(session, { ...command, commandId: command.id }))) {
          return { outcome: undefined, writes: [] };
        }
        if (!session.isOpen && !session.willOpen) {
          const reason = 'The instance is not linked to WhatsApp any more.';
          return { outcome: failure('INSTANCE_NOT_CONNECTED', reason), writes: [] };
        }
        if (repeat >= MAX_REPEATS || command.notAfterMs <= this.#deps.clock()) {
          return { outcome: inDoubt(error.message), writes: [] };
        }
        context.isRepeat ||= !error.isBefore;
      }
    }
  }

  async #finish(session: Session, command: Command, outcome: Outcome, writes: SessionWrite[]): Promise<void> {
    probe.at('finishing');
    const finishedAtMs = this.#deps.clock();
    const all = [...writes];
    if (command.messageId && outcome.state !== 'done') {
      const moment = outcome.state === 'failed' ? { failedAtMs: finishedAtMs } : { unknownAtMs: finishedAtMs };
      const { code, message } = outcome.error as CommandError;
      all.push({
        kind: 'message',
        id: command.messageId,
        scope: OUT_SCOPE,
        set: { error: { code, message } },
        once: moment,
      });
    }
    all.push({ kind: 'finish', commandId: command.id, shard: this.#shard.number, outcome, finishedAtMs });
    if (command.messageId && outcome.state === 'done') all.push(...sentToChat(command, outcome, session.nameBook));
    const telling = { instanceId: this.instanceId, nowMs: finishedAtMs };
    all.push(...outcomeEvents(telling, command, outcome, session.nameBook));
    session.enqueue(all);
    this.#claims.ended(command.id);
    // A message's end rides on a later commit; what changes the session is awaited, as its caller reads state next.
    if (laneOf(command.operation) === 'control') await session.flushed();
  }

  async #purge(session: Session): Promise<void> {
    this.#stopped = true;
    await session.purge();
    await this.#deps.media?.removeAll(this.instanceId);
    this.#deps.onRemoved(this.instanceId);
  }

  /** The session, loaded once. A failed load is tried again at the next kick. */
  #load(): Promise<Session | undefined> {
    this.#session ??= this.#loadOnce().catch((error) => {
      this.#session = undefined;
      if (error instanceof FencedError) this.#onDead('fenced');
      throw error;
    });
    return this.#session;
  }

  async #loadOnce(): Promise<Session | undefined> {
    const deps = this.#deps;
    const instance = await deps.instances.get(this.tenantId, this.instanceId);
    const session = await Session.load({
      tenantId: this.tenantId,
      instanceId: this.instanceId,
      environment: instance?.environment ?? 'live',
      settings: instance?.settings ?? { ...DEFAULT_SETTINGS, autoReconnect: false },
      state: instance?.state ?? INITIAL_STATE,
      owner: deps.owner,
      shardEpoch: this.#shard.epoch,
      isFenced: deps.isFenced,
      isOwned: deps.isOwned,
      store: deps.sessions,
      wrapper: deps.keyWrapper,
      rows: deps,
      media: deps.media,
      network: deps.network,
      connectSlot: deps.connectSlot,
      metrics: deps.metrics,
      logger: deps.logger,
      clock: deps.clock,
      random: deps.random,
      onDead: (reason) => this.#onDead(reason),
      events: {
        shard: this.#shard.number,
        onRecorded: (seq) => deps.outbox.announce({ v: 1, tenantId: this.tenantId, instanceId: this.instanceId, seq }),
      },
    });
    this.#current = session;
    return session;
  }

  /** A failing store: load again after a while. Fenced: another runner has it, and this one forgets it. */
  #onDead(reason: 'fenced' | 'store'): void {
    const session = this.#current;
    this.#current = undefined;
    this.#session = undefined;
    this.#claims.forget();
    void session?.stop();
    if (this.#stopped) return;
    // Fenced while the shard is still ours: two loads of this very runner have met, and one more mends it.
    const reloads = reason === 'store' ? Promise.resolve(true) : this.#deps.isOwned().catch(() => true);
    void reloads.then((ours) => (ours ? this.#reload() : this.#yield()));
  }

  #reload(): void {
    this.resumeSoon(RELOAD_MS);
    setTimeout(() => !this.#stopped && this.kick(), RELOAD_MS).unref();
  }

  #yield(): void {
    this.abandon();
    this.#deps.onRemoved(this.instanceId);
  }
}

function laneOf(operation: string): Lane {
  return operation.startsWith('instance.') ? 'control' : 'session';
}
