import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../functions/dialects/all.ts';
import { DOCUMENT_A } from '../support/document-a.ts';

describe('document A', () => {
  const rows = DIALECTS.flatMap((dialect) => dialect.routes);

  it('has 59 HTTP endpoints', () => {
    expect(DOCUMENT_A).toHaveLength(59);
  });

  it.each(DOCUMENT_A)('%s %s is served, for the documented credential (%s)', (method, path, auth) => {
    const row = rows.find((candidate) => candidate.method === method && candidate.path === path);
    expect(row, `${method} ${path}`).toBeDefined();
    const accepted = { public: ['none'], jwt: ['user', 'any'], key: ['key', 'any'] }[auth];
    expect(accepted).toContain(row?.credential);
  });
});
