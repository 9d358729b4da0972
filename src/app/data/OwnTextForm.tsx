// A person's own text: pasted, picked, dropped, or fetched from an address. It goes to the worker, not to any server.
import { useId, useRef, useState } from 'react';
import { TINY_SHAKESPEARE_URL } from '../../config/runConfig.ts';
import type { Fault, OwnText, OwnTextFile } from '../../protocol/messages.ts';
import { faultOf } from '../../state/notices.ts';
import { useRunStore } from '../../state/runStore.ts';
import { DropError, droppedFiles } from '../fields/droppedFiles.ts';
import { useDropTarget } from '../fields/useDropTarget.ts';
import hidden from '../hidden.module.css';
import styles from './DataPanel.module.css';

interface FormProps {
  readonly onText: (text: OwnText) => Promise<void>;
}

export function OwnTextForm({ onText }: FormProps) {
  const id = useId();
  const [pasted, setPasted] = useState('');
  const fileInput = useRef<HTMLInputElement>(null);
  const takeFiles = (files: readonly OwnTextFile[]) => {
    if (files.length > 0) void onText({ kind: 'files', files });
  };
  const refuse = (fault: Fault) => useRunStore.setState({ dataFault: fault });
  const dropTarget = useDropTarget((transfer) => {
    if (transfer.types.includes('Files')) {
      droppedFiles(transfer).then(takeFiles, (error: unknown) =>
        refuse(error instanceof DropError ? error.fault : faultOf(error)),
      );
    } else if (transfer.types.includes('text/uri-list')) {
      const message = `“${transfer.getData('text/uri-list').split('\n', 1)[0]?.trim() ?? ''}” is a link, not a text.`;
      refuse({ code: 'text', message, remedy: 'To read what it leads to, choose “From an address (URL)…” above.' });
    } else {
      const dropped = transfer.getData('text/plain');
      setPasted((before) => (before === '' ? dropped : `${before}\n${dropped}`));
    }
  });
  return (
    <div className={styles.own} {...dropTarget}>
      <label htmlFor={id}>Paste a text</label>
      <textarea
        id={id}
        rows={4}
        value={pasted}
        placeholder="A few pages at least: the more text, the more there is to learn."
        onChange={(event) => setPasted(event.target.value)}
      />
      <div className={styles.row}>
        <button type="button" onClick={() => void onText({ kind: 'paste', text: pasted })}>
          Use this text
        </button>
        <button type="button" onClick={() => fileInput.current?.click()}>
          Choose files…
        </button>
        <input
          ref={fileInput}
          type="file"
          multiple
          accept=".txt,.md,.csv,.tsv,.json,.jsonl,.ndjson,text/*"
          className={hidden.visually}
          tabIndex={-1}
          aria-label="Text files"
          aria-hidden="true"
          onChange={(event) => {
            takeFiles([...(event.target.files ?? [])].map((file) => ({ name: file.name, file })));
            event.target.value = '';
          }}
        />
      </div>
      <p className={styles.hint}>
        Or drop files or a folder here: text, CSV, TSV, JSON or JSON Lines, up to 50 MB. Several files become several
        documents. Nothing leaves this machine.
      </p>
    </div>
  );
}

export function AddressForm({ address, onText }: FormProps & { readonly address: string }) {
  const id = useId();
  const [typed, setTyped] = useState(address);
  return (
    <form
      className={styles.own}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void onText({ kind: 'url', url: typed.trim() });
      }}
    >
      <label htmlFor={id}>Address of a text file</label>
      <input
        id={id}
        type="url"
        value={typed}
        placeholder="https://…"
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className={styles.row}>
        <button type="submit" disabled={typed.trim() === ''}>
          Fetch this text
        </button>
        <button type="button" data-variant="quiet" onClick={() => setTyped(TINY_SHAKESPEARE_URL)}>
          Tiny Shakespeare’s address
        </button>
      </div>
      <p className={styles.hint}>The address must allow other pages to read it (CORS), as raw files on GitHub do.</p>
    </form>
  );
}
