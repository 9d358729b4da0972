// Errors as the page sees them: each becomes a code, a sentence on what is wrong and one on what to do.
import { RunFileError } from '../checkpoint/runFileError.ts';
import { StorageError } from '../checkpoint/storageError.ts';
import { DeviceMemoryError } from '../engine/withinMemory.ts';
import { InspectionError } from '../inspection/attention.ts';
import { TextError } from '../data/textSource.ts';
import { LaterCodeError } from '../loading/laterCode.ts';
import type { Fault, FaultCode } from '../protocol/messages.ts';
import { UnknownCharactersError } from '../tokenizers/tokenizer.ts';

/** An error that already knows its fault. */
export class FaultError extends Error {
  readonly fault: Fault;
  constructor(code: FaultCode, message: string, remedy: string) {
    super(message);
    this.name = 'FaultError';
    this.fault = { code, message, remedy };
  }
}

export function toFault(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  if (error instanceof TextError) return { code: 'text', message: error.message, remedy: '' };
  if (error instanceof UnknownCharactersError) return { code: 'vocabulary', message: error.message, remedy: '' };
  if (error instanceof InspectionError) return { code: 'config', message: error.message, remedy: error.remedy };
  if (error instanceof DeviceMemoryError) {
    return {
      code: 'config',
      message: error.message,
      remedy: 'Choose a smaller model, a shorter context or a smaller batch.',
    };
  }
  if (error instanceof RunFileError) {
    return { code: 'checkpoint', message: error.message, remedy: 'The open run is unchanged.' };
  }
  if (error instanceof StorageError) {
    return { code: 'storage', message: error.message, remedy: error.remedy };
  }
  if (error instanceof LaterCodeError) {
    return { code: 'internal', message: error.message, remedy: 'Check the connection, then try again.' };
  }
  if (error instanceof DOMException && error.name === 'AbortError') {
    return { code: 'cancelled', message: 'Cancelled.', remedy: '' };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    message: `Something went wrong. (${message})`,
    remedy: 'Reload to resume from your last save.',
  };
}
