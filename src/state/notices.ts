// Dismissible sentences near the run bar, and the fault behind any error.
import { EngineError } from '../client/engineClient.ts';
import type { Fault } from '../protocol/messages.ts';
import { useRunStore, type Notice, type NoticeTopic } from './runStore.ts';

const MOST_NOTICES = 4;
let nextId = 1;

/** Shows a notice in place of one of the same topic. */
export function notify(tone: Notice['tone'], message: string, remedy: string, topic: NoticeTopic): void {
  const notice: Notice = { id: nextId++, tone, message, remedy, topic };
  useRunStore.setState(({ notices }) => ({
    notices: [...notices.filter((other) => other.topic !== topic), notice].slice(-MOST_NOTICES),
  }));
}

/** Changes what the notice of a topic advises, if it is still on screen. */
export function adviseOn(topic: NoticeTopic, remedy: string): void {
  useRunStore.setState(({ notices }) => ({
    notices: notices.map((notice) => (notice.topic === topic ? { ...notice, remedy } : notice)),
  }));
}

export function withdrawNotice(...topics: readonly NoticeTopic[]): void {
  useRunStore.setState(({ notices }) => {
    const left = notices.filter((notice) => !topics.includes(notice.topic));
    return left.length === notices.length ? {} : { notices: left };
  });
}

export function dismissNotice(id: number): void {
  useRunStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}

export function faultOf(error: unknown): Fault {
  if (error instanceof EngineError) return error.fault;
  return {
    code: 'internal',
    message: `Something went wrong. (${error instanceof Error ? error.message : String(error)})`,
    remedy: 'Reload to resume from your last save.',
  };
}
