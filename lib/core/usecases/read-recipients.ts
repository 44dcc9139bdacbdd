import { MAX_RECIPIENTS, MAX_VARIABLES_BYTES } from '../model/bulk.ts';
import { recipientJid } from '../model/phone.ts';
import { VARIABLE_NAME } from '../model/template.ts';
import { type Fault, faulty } from './message-draft.ts';

/** What is wrong with one recipient. `line`: in the file, or the place in the list, from 1. */
export interface LineFault extends Fault {
  line: number;
}

export interface GivenRecipient {
  line: number;
  /** JID. */
  to: string;
  variables: Record<string, string>;
}

export interface GivenRecipients {
  total: number;
  recipients: GivenRecipient[];
  faults: LineFault[];
}

type Value = string | number | boolean;

export type RecipientEntry = string | { to: string; variables?: Record<string, Value> | undefined };

/** The column of the recipient is the first of these. */
const TO_COLUMNS = ['to', 'phone', 'number'];
const SEPARATORS = [',', ';', '\t'];

/** Recipients as a list. `shared`: variables of everybody, over which their own win. */
export function readList(entries: readonly RecipientEntry[], shared: Record<string, Value>): GivenRecipients {
  const rows = entries.map((entry, i) => {
    const { to, variables = {} } = typeof entry === 'string' ? { to: entry } : entry;
    return { line: i + 1, to, variables };
  });
  return judged(rows, shared, []);
}

/**
 * Recipients as a CSV with a line of column names: one column is `to`, `phone` or `number`, the others are variables.
 * @throws GatewayError VALIDATION_ERROR for a file that cannot be read as such at all
 */
export async function readCsv(file: string, shared: Record<string, Value>): Promise<GivenRecipients> {
  const text = decoded(file);
  const [header = ''] = text.split(/\r?\n/, 1);
  const delimiter = SEPARATORS.reduce((best, one) => (count(header, one) > count(header, best) ? one : best));
  const [first, ...records] = await recordsOf(text, delimiter);
  const columns = (first?.record ?? []).map((name) => name.trim());
  const toColumn = columns.findIndex((name) => TO_COLUMNS.includes(name.toLowerCase()));
  if (toColumn < 0) throw unreadable('the first line must name the columns, one of them to, phone or number');
  const odd = columns.find((name, i) => !VARIABLE_NAME.test(name) || columns.indexOf(name) !== i);
  if (odd !== undefined)
    throw unreadable(`a column is called "${odd.slice(0, 64)}"; names are letters, digits and _, each once`);
  if (records.length === 0) throw unreadable('there are no recipients in it');
  if (records.length > MAX_RECIPIENTS)
    throw unreadable(`has ${records.length} recipients; ${MAX_RECIPIENTS} are the most`);
  const faults: LineFault[] = [];
  const rows = [];
  for (const { record, line } of records) {
    if (record.length !== columns.length) {
      faults.push({ line, path: 'csv', message: `has ${record.length} columns instead of ${columns.length}` });
      continue;
    }
    const variables = Object.fromEntries(columns.map((name, i) => [name, record[i] as string]));
    rows.push({ line, to: record[toColumn] as string, variables });
  }
  return { ...judged(rows, shared, faults), total: records.length };
}

function judged(
  rows: readonly { line: number; to: string; variables: Record<string, Value> }[],
  shared: Record<string, Value>,
  faults: LineFault[],
): GivenRecipients {
  const lines = new Map<string, number>();
  const recipients: GivenRecipient[] = [];
  for (const { line, to: text, variables: own } of rows) {
    const to = jidOf(text);
    const variables = Object.fromEntries(
      Object.entries({ ...shared, ...own }).map(([name, value]) => [name, String(value)]),
    );
    const earlier = to === undefined ? undefined : lines.get(to);
    if (to === undefined) faults.push({ line, path: 'to', message: 'cannot be a phone number or WhatsApp address' });
    else if (earlier !== undefined)
      faults.push({ line, path: 'to', message: `is the recipient of line ${earlier} again` });
    else if (Buffer.byteLength(JSON.stringify(variables)) > MAX_VARIABLES_BYTES) {
      faults.push({ line, path: 'variables', message: `are more than ${MAX_VARIABLES_BYTES} bytes` });
    } else {
      lines.set(to, line);
      recipients.push({ line, to, variables });
    }
  }
  return { total: rows.length, recipients, faults };
}

function jidOf(text: string): string | undefined {
  try {
    return recipientJid(text);
  } catch {
    return undefined;
  }
}

/** A file of a form comes as a data URL. */
function decoded(file: string): string {
  const data = /^data:[^,]{0,200};base64,/.exec(file);
  if (!data) return file.replace(/^\u{feff}/u, '');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(file.slice(data[0].length), 'base64'));
  } catch {
    throw unreadable('must be in UTF-8');
  }
}

async function recordsOf(text: string, delimiter: string): Promise<{ record: string[]; line: number }[]> {
  const { CsvError, parse } = await import('csv-parse/sync');
  try {
    const found = parse(text, {
      ...{ delimiter, info: true, trim: true, skip_empty_lines: true, skip_records_with_empty_values: true },
      relax_column_count: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return found.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw unreadable(`line ${String(error.lines ?? '?')} has a quotation mark that does not end, or in a wrong place`);
  }
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function unreadable(message: string) {
  return faulty([{ path: 'csv', message }]);
}
