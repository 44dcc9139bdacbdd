import type { BinaryNode } from '../lib/baileys/index.ts';

/** `true`: every time; a number: the next so many times; `false` or 0: never. */
export type Toggle = boolean | number;

/** Faults the network commits on purpose. All are off by default. */
export interface FaultSettings {
  /** The server acknowledges messages of linked devices only after so many milliseconds. */
  ackDelayMs?: number;
  /** The server takes messages of linked devices and never acknowledges them. */
  dropAcks?: Toggle;
  /** The server acknowledges messages of linked devices with `ackError` instead of taking them. */
  ackError?: number;
  /** How many messages `ackError` hits; unlimited when left out. */
  ackErrorTimes?: number;
  /** Messages to linked devices are lost on the wire; they come again at the next login. */
  dropInbound?: Toggle;
  /** Messages to linked devices arrive twice. */
  duplicateInbound?: Toggle;
  /** Messages to linked devices arrive in swapped pairs; a single one arrives after `REORDER_HOLD_MS`. */
  reorder?: Toggle;
  /** Everything to linked devices arrives so many milliseconds late. */
  inboundDelayMs?: number;
  /** The server answers queries of linked devices only after so many milliseconds, keep-alive pings too. */
  answerDelayMs?: number;
  /** A connection that the server ends stays: it neither closes it nor answers the client's close. */
  ignoreCloses?: Toggle;
  /** WebSocket upgrades are refused with `rejectUpgradeStatus`. */
  rejectUpgrade?: Toggle;
  /** The HTTP status of refused upgrades; 429 when left out. */
  rejectUpgradeStatus?: number;
  /** Logins are answered with `<failure reason=…>`. */
  loginFailure?: number;
  /** How many logins `loginFailure` hits; unlimited when left out. */
  loginFailureTimes?: number;
  /** Limits all faults but `rejectUpgrade` to the linked devices of these numbers. */
  phones?: string[];
}

/** How long a message waits for the one it is swapped with. */
export const REORDER_HOLD_MS = 200;

const TOGGLES = ['dropAcks', 'dropInbound', 'duplicateInbound', 'reorder', 'ignoreCloses', 'rejectUpgrade'] as const;

type ToggleName = (typeof TOGGLES)[number];
const NUMBERS: readonly string[] = [
  'ackDelayMs',
  'ackError',
  'ackErrorTimes',
  'inboundDelayMs',
  'answerDelayMs',
  'rejectUpgradeStatus',
  'loginFailure',
  'loginFailureTimes',
];

/**
 * Checks settings that came from outside.
 * @throws TypeError naming the first field that is unknown or of the wrong type
 */
export function parseFaults(input: Record<string, unknown>): FaultSettings {
  for (const [name, value] of Object.entries(input)) {
    const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0;
    const valid =
      ((TOGGLES as readonly string[]).includes(name) && (typeof value === 'boolean' || isCount)) ||
      (NUMBERS.includes(name) && isCount) ||
      (name === 'phones' && Array.isArray(value) && value.every((number) => typeof number === 'string'));
    if (!valid) throw new TypeError(`fault ${JSON.stringify(name)} is unknown or has the wrong type`);
  }
  return input as FaultSettings;
}

/** The faults in force. Not kept across restarts. */
export class Faults {
  #settings: FaultSettings = {};
  /**
   * For tests in the same process: does the connection of the number's device break after the server has done what the
   * stanza asks, and before it answers?
   */
  losesAnswer: (number: string, stanza: BinaryNode) => boolean = () => false;
  /** For tests in the same process: does nobody ever answer this query of the number's device? */
  dropsAnswer: (number: string, query: BinaryNode) => boolean = () => false;

  /** What is left of the faults that were set: counted ones shrink as they strike. */
  get settings(): Readonly<FaultSettings> {
    return this.#settings;
  }

  /** Adds to the faults in force. */
  set(settings: FaultSettings): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  clear(): void {
    this.#settings = {};
    this.losesAnswer = () => false;
    this.dropsAnswer = () => false;
  }

  /** Tells whether the fault strikes this time, and uses up one of its counted times. */
  strikes(name: ToggleName, number: string | undefined): boolean {
    const toggle = this.#settings[name];
    if (!toggle || !this.#concerns(number)) return false;
    if (typeof toggle === 'number') this.#settings[name] = toggle - 1;
    return true;
  }

  /** The error to acknowledge this message with, if any. */
  takeAckError(number: string): number | undefined {
    return this.#take('ackError', 'ackErrorTimes', number);
  }

  /** The reason to refuse this login with, if any. */
  takeLoginFailure(number: string): number | undefined {
    return this.#take('loginFailure', 'loginFailureTimes', number);
  }

  /** A delay in milliseconds that applies to the account's linked devices; 0 when there is none. */
  delayMs(name: 'ackDelayMs' | 'inboundDelayMs' | 'answerDelayMs', number: string): number {
    return this.#concerns(number) ? (this.#settings[name] ?? 0) : 0;
  }

  #take(
    name: 'ackError' | 'loginFailure',
    timesName: 'ackErrorTimes' | 'loginFailureTimes',
    number: string,
  ): number | undefined {
    const value = this.#settings[name];
    const times = this.#settings[timesName];
    if (!value || times === 0 || !this.#concerns(number)) return undefined;
    if (times !== undefined) this.#settings[timesName] = times - 1;
    return value;
  }

  #concerns(number: string | undefined): boolean {
    const { phones } = this.#settings;
    return number === undefined || phones === undefined || phones.includes(number);
  }
}
