// Reads a run file that a user chose, with progress, and so that it can be cancelled.
import { inWords } from '../config/inWords.ts';
import { readBlob } from '../data/readBlob.ts';
import type { WorkContext } from '../data/textSource.ts';
import { WorkPace } from '../tokenizers/workPace.ts';
import { decodeRun, MARK_BYTES, requireRunMark, type SavedRun } from './runFile.ts';
import { RunFileError } from './runFileError.ts';

/**
 * The run in a file; its text stays packed.
 * @throws RunFileError if it is not a sound run, TextError if it cannot be read; (rejects with) the signal's reason if
 *   cancelled
 */
export async function readRunFile(file: Blob, context: WorkContext): Promise<SavedRun> {
  const pace = new WorkPace(context);
  const name = file instanceof File ? file.name : 'The run file';
  // A film that was dropped by mistake is not read first.
  requireRunMark(await readBlob(file.slice(0, MARK_BYTES), name));
  try {
    return decodeRun(await readBlob(file, name, (bytes) => pace.yieldToEvents(bytes / file.size, `Reading ${name}`)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RunFileError(`“${name}” is too large for this browser’s memory: ${inWords(file.size)} bytes.`);
  }
}
