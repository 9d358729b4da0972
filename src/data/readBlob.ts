// Bytes of a file that a person chose, piece by piece; says so where the file cannot be read any more.
import { TextError } from './textSource.ts';

const CHUNK_BYTES = 1024 * 1024;

/** @param onBytes awaited after each piece with the number of bytes read @throws TextError if the file cannot be read */
export async function readBlob(
  file: Blob,
  name: string,
  onBytes?: (bytes: number) => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(file.size);
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const piece = await readPiece(file.slice(start, start + CHUNK_BYTES), name);
    bytes.set(piece.subarray(0, bytes.length - start), start);
    await onBytes?.(Math.min(bytes.length, start + CHUNK_BYTES));
  }
  return bytes;
}

async function readPiece(piece: Blob, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await piece.arrayBuffer());
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    // Browsers tell of a changed, a moved and a locked file alike; and of a folder that was taken for a file.
    throw new TextError(
      error.name === 'NotFoundError'
        ? `“${name}” is not there any more: it was moved, renamed or deleted. Choose it again.`
        : `“${name}” can’t be read: it was changed or moved after it was chosen, is locked, or is a folder. Choose it again.`,
    );
  }
}
