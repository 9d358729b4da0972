// Dismissible sentences near the run bar, and the fault behind any error.
import { EngineError } from '../client/engineClient.ts';
import type { Fault } from '../protocol/messages.ts';
import { useRunStore, type Notice } from './runStore.ts';

const MOST_NOTICES = 4;
let nextId = 1;

/** Shows a notice; one that says the same as a notice on screen replaces it. */
export function notify(tone: Notice['tone'], message: string, remedy = ''): void {
  const notice = { id: nextId++, tone, message, remedy };
  useRunStore.setState(({ notices }) => ({
    notices: [...notices.filter((other) => other.message !== message), notice].slice(-MOST_NOTICES),
  }));
}

export function dismissNotice(id: number): void {
  useRunStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}

export function faultOf(error: unknown): Fault {
  if (error instanceof EngineError) return error.fault;
  return {
    code: 'internal',
    message: `Something unexpected went wrong: ${error instanceof Error ? error.message : String(error)}`,
    remedy: 'Reload the page; your run goes on from its last save.',
  };
}
