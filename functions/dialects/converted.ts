import * as z from 'zod';
import { OPERATIONS, type OperationOutput } from '../../lib/core/catalogue/operations.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import { downloadLink, type LinkPorts } from '../../lib/core/usecases/media-links.ts';

type Converted = OperationOutput<'media.convertVoice' | 'media.convertVideo'>;

/** A file that was converted, with a link that serves it. */
export const convertedShape = OPERATIONS['media.convertVoice'].output.extend({
  url: z.string().meta({ description: 'Serves the file to whoever has the link, for seven days' }),
});

export function convertedView(ports: LinkPorts, { tenantId, id: instanceId }: Instance, file: Converted): object {
  return { ...file, url: downloadLink(ports, { tenantId, instanceId, messageId: '', mediaId: file.mediaId }) };
}
