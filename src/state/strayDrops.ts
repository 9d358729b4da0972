// Files and links that are dropped beside the places for them: browsers would open them in place of the page.
import { notify } from './notices.ts';

/** Keeps the page where it is, and says where things may be dropped. */
export function watchStrayDrops(): void {
  window.addEventListener('dragover', (event) => {
    if (!event.defaultPrevented && wouldLeave(event)) event.preventDefault();
  });
  window.addEventListener('drop', (event) => {
    if (event.defaultPrevented || !wouldLeave(event)) return;
    event.preventDefault();
    const [file] = event.dataTransfer?.files ?? [];
    notify(
      'warning',
      file ? `“${file.name}” was dropped beside the places for files.` : 'What was dropped was not read.',
      'Drop text files on Data, where “Your own text…” is chosen, and run files on the list under Runs.',
      'drop',
    );
  });
}

/** Whether the browser would act on a drop by leaving the page: files anywhere, links anywhere but in fields. */
function wouldLeave({ dataTransfer, target }: DragEvent): boolean {
  const types = dataTransfer?.types ?? [];
  if (types.includes('Files')) return true;
  const isField = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
  return !isField && types.includes('text/uri-list');
}
