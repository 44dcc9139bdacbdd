import type { BinaryNode } from '../../lib/baileys/index.ts';
import type { OperationInput } from '../../lib/core/catalogue/operations.ts';
import type { Choices } from '../session/sent-messages.ts';
import type { Handler, HandlerContext } from './index.ts';
import { type Delivered, deliver, messageIdOf } from './sending.ts';

type ListInput = OperationInput<'message.sendList'>;
type ButtonsInput = OperationInput<'message.sendButtons'>;

/** One of WhatsApp's own interactive elements; the parameters are JSON. */
interface NativeButton {
  name: string;
  parameters: object;
}

export const sendList: Handler<'message.sendList'> = (context, input) => {
  const rows = input.sections.flatMap((section) => section.rows);
  const sections = input.sections.map(({ title, rows: own }) => ({
    title: title ?? '',
    rows: own.map(({ id, title: rowTitle, description }) => ({
      ...{ id, header: '', title: rowTitle },
      description: description ?? '',
    })),
  }));
  const native = [{ name: 'single_select', parameters: { title: input.buttonText, sections } }];
  return sendChoices(context, input, native, rows, listLines(input));
};

export const sendButtons: Handler<'message.sendButtons'> = (context, input) => {
  const options = input.buttons.map(({ id, text }) => ({ id, title: text }));
  const native = input.buttons.map(({ id, text }) => ({
    name: 'quick_reply',
    parameters: { display_text: text, id },
  }));
  return sendChoices(context, input, native, options, numbered(options));
};

async function sendChoices(
  context: HandlerContext,
  input: ListInput | ButtonsInput,
  native: readonly NativeButton[],
  options: Choices['options'],
  lines: readonly string[],
): Promise<Delivered> {
  const { session } = context;
  await session.contacts.requireOnWhatsApp(input.to);
  // In the commit of the message itself, so that no answer finds them missing.
  const choices = options.map(({ id, title }) => ({ id, title }));
  session.messages.keepChoices(input.to, { messageId: messageIdOf(context), options: choices });
  if (input.fallback === 'text') return deliver(context, input, { text: asText(input, lines) });
  const interactiveMessage = {
    ...(input.title && { header: { title: input.title, hasMediaAttachment: false } }),
    body: { text: input.text },
    ...(input.footer && { footer: { text: input.footer } }),
    nativeFlowMessage: {
      buttons: native.map(({ name, parameters }) => ({ name, buttonParamsJson: JSON.stringify(parameters) })),
      messageVersion: 1,
    },
  };
  return deliver(context, input, { proto: { interactiveMessage } }, { nodes: NATIVE_FLOW });
}

/** Without it the server strips what is interactive. */
const NATIVE_FLOW: BinaryNode[] = [
  {
    tag: 'biz',
    attrs: {},
    content: [
      {
        tag: 'interactive',
        attrs: { type: 'native_flow', v: '1' },
        content: [{ tag: 'native_flow', attrs: { v: '9', name: 'mixed' } }],
      },
    ],
  },
];

function asText({ title, text, footer }: ListInput | ButtonsInput, lines: readonly string[]): string {
  const parts = [title ? `*${title}*` : undefined, text, lines.join('\n'), footer ? `_${footer}_` : undefined];
  return parts.filter((part) => part !== undefined).join('\n\n');
}

function listLines({ sections }: ListInput): string[] {
  let count = 0;
  return sections.flatMap(({ title, rows }, index) => {
    const lines = numbered(rows, count);
    count += rows.length;
    return [...(index > 0 ? [''] : []), ...(title ? [`*${title}*`] : []), ...lines];
  });
}

function numbered(options: readonly { title: string; description?: string | undefined }[], after = 0): string[] {
  return options.map(
    ({ title, description }, index) => `${after + index + 1}. ${title}${description ? `: ${description}` : ''}`,
  );
}
