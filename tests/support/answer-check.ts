import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { gatewayDocument } from '../../functions/docs/document.ts';
import packageJson from '../../package.json' with { type: 'json' };

export const apiDocument = gatewayDocument(packageJson.version);

const ajv = new Ajv2020.default({ strict: false, allErrors: true, validateSchema: false, validateFormats: true });
addFormats.default(ajv);
ajv.addSchema({ ...apiDocument, $id: 'api' });

const patterns = Object.keys(apiDocument.paths)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`) }))
  .sort((a, b) => a.path.split('{').length - b.path.split('{').length);

/**
 * What is wrong with an answer by the API document: its status is none that the operation has, or its body is not as
 * the document says. Answers of paths and methods that are none of the document must be errors.
 */
export function faultsOfAnswer(method: string, path: string, status: number, body: unknown): string[] {
  const name = patterns.find(({ pattern }) => pattern.test(new URL(path, 'http://x').pathname))?.path;
  const operation = name === undefined ? undefined : apiDocument.paths[name]?.[method.toLowerCase()];
  const where = `${method} ${path} ${status}`;
  if (!operation) return status < 400 ? [] : faultsBy('api#/components/schemas/Error', body, where);
  const key = operation.responses[status] ? String(status) : 'default';
  if (key === 'default' && status < 400) return [`${where}: a status that the document does not have`];
  const response = operation.responses[key] as { content?: object };
  if (!response.content) return body === undefined ? [] : [`${where}: a body where the document has none`];
  if (!('application/json' in response.content)) return body === undefined ? [`${where}: an empty file`] : [];
  const pointer = ['paths', name as string, method.toLowerCase(), 'responses', key, 'content', 'application/json'];
  return faultsBy(`api#/${[...pointer, 'schema'].map(escaped).join('/')}`, body, where);
}

/** What is wrong with a frame of `/ws/dashboard`. */
export function faultsOfFrame(frame: unknown): string[] {
  return faultsBy('api#/components/schemas/LiveFrame', frame, 'frame');
}

function faultsBy(reference: string, value: unknown, where: string): string[] {
  const validate = ajv.getSchema(reference);
  if (!validate) throw new Error(`the API document has no ${reference}`);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${where}: ${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** A segment of a JSON pointer in a URI fragment. */
function escaped(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}
