import type { BulkInput } from './actions.ts';

export type BulkKind = 'text' | 'image' | 'video' | 'document';

export interface BulkFields {
  title: string;
  from: 'text' | 'template';
  kind: BulkKind;
  /** The text, or what stands under a file. */
  text: string;
  url: string;
  /** Uploaded, in place of an address. */
  file: { mediaId: string; name: string; mimetype: string } | undefined;
  template: string;
  csv: string;
  others: string[];
  perMinute: number;
  later: string;
  skipUnregistered: boolean;
  skipInvalid: boolean;
}

export const EMPTY: BulkFields = {
  ...{ title: '', from: 'text', kind: 'text', text: '', url: '', file: undefined, template: '', csv: '', others: [] },
  ...{ perMinute: 20, later: '', skipUnregistered: false, skipInvalid: false },
};

/** The form as the API takes it. Pure. */
export function toInput(fields: BulkFields, name: string): BulkInput {
  const { title, from, template, csv, others, perMinute, later, skipUnregistered, skipInvalid } = fields;
  const atMs = later ? Date.parse(later) : Number.NaN;
  // A form whose field has but one box makes a text or false of it.
  const shared = [others].flat().filter(Boolean);
  return {
    ...(title.trim() && { title: title.trim() }),
    ...(from === 'template' ? { template } : { message: messageOf(fields) }),
    csv,
    ...(shared.length > 0 && { instances: [name, ...shared] }),
    ...(perMinute > 0 && { pacing: { perMinute } }),
    ...(!Number.isNaN(atMs) && { sendAt: new Date(atMs).toISOString() }),
    ...{ skipUnregistered, skipInvalid },
  };
}

function messageOf({ kind, text, url, file }: BulkFields): NonNullable<BulkInput['message']> {
  if (kind === 'text') return { type: kind, text };
  const named = kind === 'document' &&
    file && { filename: file.name, ...(file.mimetype && { mimetype: file.mimetype }) };
  return {
    type: kind,
    ...(file ? { mediaId: file.mediaId } : { [kind]: url.trim() }),
    ...(text && { caption: text }),
    ...named,
  };
}
