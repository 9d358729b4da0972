// Which fault each kind of error becomes.
import { describe, expect, it } from 'vitest';
import { RunFileError } from '../checkpoint/runFileError.ts';
import { StorageError } from '../checkpoint/storageError.ts';
import { TextError } from '../data/textSource.ts';
import { InspectionError } from '../inspection/attention.ts';
import { UnknownCharactersError } from '../tokenizers/tokenizer.ts';
import { FaultError, toFault } from './fault.ts';

describe('toFault', () => {
  it.each([
    ['text', new TextError('This text is empty.')],
    ['vocabulary', new UnknownCharactersError(['ß'])],
    ['config', new InspectionError('There is no layer 9.')],
    ['checkpoint', new RunFileError('This file is not a Glassbox run.')],
    ['storage', new StorageError('The browser’s store is full.', 'Delete runs.')],
  ])('is of code %s, with the error’s own sentence', (code, error) => {
    expect(toFault(error)).toEqual({ code, message: error.message, remedy: expect.any(String) });
  });

  it('takes an error’s own fault as it is', () => {
    const error = new FaultError('no-backend', 'There is no device.', 'Use another browser.');
    expect(toFault(error)).toEqual({
      code: 'no-backend',
      message: 'There is no device.',
      remedy: 'Use another browser.',
    });
    expect(error.message).toBe('There is no device.');
  });

  it('knows a cancelled request, and no other DOMException for one', () => {
    const controller = new AbortController();
    controller.abort();
    expect(toFault(controller.signal.reason)).toMatchObject({ code: 'cancelled' });
    expect(toFault(new DOMException('Quota.', 'QuotaExceededError'))).toMatchObject({ code: 'internal' });
  });

  it.each([
    [new TypeError('x is undefined'), 'x is undefined'],
    ['a thrown word', 'a thrown word'],
    [undefined, 'undefined'],
  ])('calls everything else internal and says what it was: %s', (error, said) => {
    const fault = toFault(error);
    expect(fault.code).toBe('internal');
    expect(fault.message).toContain(said);
    expect(fault.remedy).toMatch(/\.$/);
  });
});
