// The rules of the store, written once for every place its rows may lie in: which tab may write a run, what is needed
// and therefore stays, and what goes. Each function works within one transaction.
import { measureDocuments } from '../data/textSize.ts';
import type { TextDocuments } from '../data/textSource.ts';
import type { SavedRunSummary } from '../protocol/messages.ts';
import type { Rows } from './storeRows.ts';

/** Older runs beyond this number make room for newer ones, unless a tab has them open. */
export const KEPT_RUNS = 12;
/** What a closed tab had open is remembered for so long, so that the tab can be loaded again. */
const CLOSED_TAB_KEPT_MS = 3_600_000;

/** A tab's id, and the ids of the tabs that are gone. */
export interface Tabs {
  readonly mine: string;
  readonly gone: ReadonlySet<string>;
}

/** Newest first. */
export async function summariesOf(rows: Rows): Promise<SavedRunSummary[]> {
  const summaries = (await rows.entries('summaries')).map(([, summary]) => summary);
  return summaries.sort((a, b) => b.savedAtMs - a.savedAtMs);
}

/** The runs that other tabs have open. */
export async function runsElsewhere(rows: Rows, { mine, gone }: Tabs): Promise<ReadonlySet<string>> {
  const others = (await rows.entries('tabs')).filter(([id]) => id !== mine && !gone.has(id));
  return new Set(others.flatMap(([, { runId }]) => runId ?? []));
}

/**
 * Makes sure that no other tab may write a run.
 * @returns false if one may: it has the run open
 */
export async function claimRun(rows: Rows, runId: string, { mine, gone }: Tabs): Promise<boolean> {
  for (const [id, tab] of await rows.entries('tabs')) {
    if (id === mine || tab.runId !== runId) continue;
    if (!gone.has(id)) return false;
    // Should it only have been silent, it finds that the run is no longer its own.
    await rows.put('tabs', id, { ...tab, runId: null });
  }
  return true;
}

const LAST_SAVED = 'openRun';

/**
 * The runs to open on a visit: the one that any tab saved last, and the best one that is not open elsewhere, which is the
 * same one or one that a closed tab had open.
 */
export async function runsToReopen(rows: Rows, tabs: Tabs): Promise<{ last?: string; free?: string }> {
  const stored = new Set(await rows.keys('summaries'));
  const elsewhere = await runsElsewhere(rows, tabs);
  const closed = (await rows.entries('tabs'))
    .filter(([id]) => tabs.gone.has(id))
    .sort(([, a], [, b]) => b.seenAtMs - a.seenAtMs);
  const candidates = [await rows.get('settings', LAST_SAVED), ...closed.map(([, { runId }]) => runId)];
  const known = candidates.flatMap((id) => (typeof id === 'string' && stored.has(id) ? id : []));
  const free = known.find((id) => !elsewhere.has(id));
  const [last] = known;
  return { ...(last !== undefined && { last }), ...(free !== undefined && { free }) };
}

/** @param text what the run is trained on, where it cannot be made again: it is kept with the run */
export async function putRun(
  rows: Rows,
  summary: SavedRunSummary,
  file: Uint8Array<ArrayBuffer>,
  text: TextDocuments | undefined,
): Promise<void> {
  await rows.put('runs', summary.runId, { summary, file });
  await rows.put('summaries', summary.runId, summary);
  await rows.put('settings', LAST_SAVED, summary.runId);
  const { textId } = summary;
  if (text === undefined || textId === null || (await rows.get('textFigures', textId)) !== undefined) return;
  await putText(rows, textId, text, null, summary.savedAtMs);
}

export async function putText(
  rows: Rows,
  id: string,
  text: TextDocuments,
  address: string | null,
  storedAtMs: number,
): Promise<void> {
  await rows.put('texts', id, text);
  await rows.put('textFigures', id, { name: text.name, ...measureDocuments(text.documents), address, storedAtMs });
}

export async function removeRun(rows: Rows, runId: string): Promise<void> {
  await rows.delete('runs', runId);
  await rows.delete('summaries', runId);
}

/** Removes the oldest runs beyond KEPT_RUNS, then the texts that no run and no tab needs. */
export async function removeUnneeded(rows: Rows, { mine, gone }: Tabs, nowMs: number): Promise<void> {
  const tabs = await rows.entries('tabs');
  for (const [id, { seenAtMs }] of tabs) {
    if (gone.has(id) && nowMs - seenAtMs > CLOSED_TAB_KEPT_MS) await rows.delete('tabs', id);
  }
  const present = tabs.filter(([id]) => id === mine || !gone.has(id)).map(([, tab]) => tab);
  const open = new Set(present.map(({ runId }) => runId));
  const summaries = await summariesOf(rows);
  const needed = new Set(present.flatMap(({ texts }) => texts));
  let excess = summaries.length - KEPT_RUNS;
  for (const { runId, textId } of summaries.toReversed()) {
    if (excess > 0 && !open.has(runId)) {
      await removeRun(rows, runId);
      excess--;
    } else if (textId !== null) needed.add(textId);
  }
  for (const id of await rows.keys('texts')) {
    if (needed.has(id)) continue;
    await rows.delete('texts', id);
    await rows.delete('textFigures', id);
  }
}
