// Work that a loss of the device ends. Nothing may ever come back from a lost device, so the loss itself is waited for.
import type { ChosenDevice } from './deviceChooser.ts';
import { FaultError, toFault } from './fault.ts';

/** A lost device fails the work under way before it is known to be lost. */
export const LOSS_NOTICE_MS = 500;

/**
 * Runs work on a device; what failed just before the device is known to be lost failed because of it.
 * @param name of the work, for people @param remedy after the sentence that the device is opened again
 * @throws FaultError 'device-lost', or what the work throws
 */
export async function failOnDeviceLoss<T>(
  { opened }: ChosenDevice,
  { name, remedy }: { readonly name: string; readonly remedy: string },
  work: () => Promise<T>,
): Promise<T> {
  const loss = opened.lost.then((reason): never => {
    const message = `The graphics device was lost during ${name} (${reason}).`;
    throw new FaultError('device-lost', message, `It is being restarted. ${remedy}`);
  });
  try {
    return await Promise.race([work(), loss]);
  } catch (error) {
    if (toFault(error).code === 'internal') {
      await Promise.race([loss, new Promise((resolve) => setTimeout(resolve, LOSS_NOTICE_MS))]);
    }
    throw error;
  }
}
