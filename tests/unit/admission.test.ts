import { describe, expect, it } from 'vitest';
import { OPERATION_NAMES, OPERATIONS } from '../../lib/core/catalogue/operations.ts';
import type { Command } from '../../lib/core/model/command.ts';
import { admit } from '../../runner/admission.ts';
import { aCommand, anInstance } from '../support/embedded.ts';
import { INTAKE_INPUTS } from '../support/intake-inputs.ts';

const NOW_MS = 1_800_000_000_000;
const instance = anInstance('sub_1');
const command = (fields: Partial<Command> = {}): Command =>
  aCommand(instance, { notAfterMs: NOW_MS + 1, attempt: 1, ...fields });
const TEXT = { operation: 'message.sendText', input: { to: '6281234567890', text: 'Hello' } };

describe('a claimed command', () => {
  it('begins, with the input as the catalogue reads it', () => {
    const input = OPERATIONS['message.sendText'].input.parse(TEXT.input);
    expect(admit(command(TEXT), NOW_MS)).toEqual({ operation: TEXT.operation, input });
  });

  it.each<[string, Partial<Command>, string]>([
    ['is not known here', { operation: 'message.explode' }, 'INTERNAL_ERROR'],
    ['is named like something of every object', { operation: 'constructor' }, 'INTERNAL_ERROR'],
    ['comes at its last moment', { ...TEXT, notAfterMs: NOW_MS }, 'COMMAND_TIMEOUT'],
    ['has no valid input', { ...TEXT, input: { to: 5 } }, 'VALIDATION_ERROR'],
  ])('that %s fails without being begun', (_what, fields, code) => {
    expect(admit(command(fields), NOW_MS)).toMatchObject({ refused: { state: 'failed', error: { code } } });
  });

  it.each(OPERATION_NAMES)('%s begins again after a crash only where a repeat does no harm', (operation) => {
    const input = (INTAKE_INPUTS as Record<string, unknown>)[operation] ?? {};
    const admitted = admit(command({ operation, input, attempt: 2 }), NOW_MS);
    if (OPERATIONS[operation].onAmbiguity === 'report') {
      expect(admitted).toMatchObject({ refused: { state: 'unknown', error: { code: 'COMMAND_TIMEOUT' } } });
    } else expect(admitted).toMatchObject({ operation });
  });

  it('whose time is over is in doubt when it was begun before, unless it only asked', () => {
    const late = { attempt: 2, notAfterMs: NOW_MS };
    const unknown = { refused: { state: 'unknown', error: { code: 'COMMAND_TIMEOUT' } } };
    expect(admit(command({ ...TEXT, ...late }), NOW_MS)).toMatchObject(unknown);
    const query = { operation: 'contact.check', input: { numbers: ['6281234567890'] } };
    expect(OPERATIONS['contact.check'].kind).toBe('query');
    expect(admit(command({ ...query, ...late }), NOW_MS)).toMatchObject({ refused: { state: 'failed' } });
  });
});
