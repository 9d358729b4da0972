// Answers what the bench's main program asks of a contestant, by name. How question and answer travel is the host's part.
import type { Contestant, Settings, Surroundings } from '../contestants/contestant.ts';
import { openContestant } from '../contestants/open.ts';

export type Answer = (call: string, argument: unknown) => Promise<unknown>;

export function answerer(surroundings: Surroundings): Answer {
  let contestant: Contestant | undefined;
  const opened = (): Contestant => {
    if (contestant === undefined) throw new Error('No contestant has been opened.');
    return contestant;
  };
  return async (call, argument) => {
    switch (call) {
      case 'open':
        // Both sides of these calls are the bench's own.
        contestant = await openContestant(argument as Settings, surroundings);
        return undefined;
      case 'openTraining':
        return opened().openTraining();
      case 'train':
        return opened().train();
      case 'openWriting':
        return opened().openWriting();
      case 'write':
        return opened().write();
      case 'kernels':
        return opened().kernels(argument === 'attention' ? 'attention' : 'gemm');
      default:
        throw new RangeError(`There is no call named ${call}.`);
    }
  };
}
