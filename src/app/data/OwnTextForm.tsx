// The user's own text: pasted, picked, dropped, or fetched from an address. It goes to the worker, not to any server.
import { useId, useRef, useState } from 'react';
import { TINY_SHAKESPEARE_URL } from '../../config/runConfig.ts';
import type { Fault, OwnText, OwnTextFile } from '../../protocol/messages.ts';
import { faultOf } from '../../state/notices.ts';
import { useRunStore } from '../../state/runStore.ts';
import { DropError, droppedFiles } from '../fields/droppedFiles.ts';
import { useDropTarget } from '../fields/useDropTarget.ts';
import hidden from '../hidden.module.css';
import { OWN_TEXT_COPY } from './dataCopy.ts';
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
      const message = OWN_TEXT_COPY.link(transfer.getData('text/uri-list').split('\n', 1)[0]?.trim() ?? '');
      refuse({ code: 'text', message, remedy: OWN_TEXT_COPY.linkRemedy });
    } else {
      const dropped = transfer.getData('text/plain');
      setPasted((before) => (before === '' ? dropped : `${before}\n${dropped}`));
    }
  });
  return (
    <div className={styles.own} {...dropTarget}>
      <label htmlFor={id}>{OWN_TEXT_COPY.paste}</label>
      <textarea
        id={id}
        rows={4}
        value={pasted}
        placeholder={OWN_TEXT_COPY.placeholder}
        onChange={(event) => setPasted(event.target.value)}
      />
      <div className={styles.row}>
        <button type="button" onClick={() => void onText({ kind: 'paste', text: pasted })}>
          {OWN_TEXT_COPY.use}
        </button>
        <button type="button" onClick={() => fileInput.current?.click()}>
          {OWN_TEXT_COPY.files}
        </button>
        <input
          ref={fileInput}
          type="file"
          multiple
          accept=".txt,.md,.csv,.tsv,.json,.jsonl,.ndjson,text/*"
          className={hidden.visually}
          tabIndex={-1}
          aria-label={OWN_TEXT_COPY.filesLabel}
          aria-hidden="true"
          onChange={(event) => {
            takeFiles([...(event.target.files ?? [])].map((file) => ({ name: file.name, file })));
            event.target.value = '';
          }}
        />
      </div>
      <p className={styles.hint}>{OWN_TEXT_COPY.hint}</p>
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
      <label htmlFor={id}>{OWN_TEXT_COPY.address}</label>
      <input
        id={id}
        type="url"
        value={typed}
        placeholder="https://…"
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className={styles.row}>
        <button type="submit" disabled={typed.trim() === ''}>
          {OWN_TEXT_COPY.fetch}
        </button>
        <button type="button" data-variant="quiet" onClick={() => setTyped(TINY_SHAKESPEARE_URL)}>
          {OWN_TEXT_COPY.shakespeare}
        </button>
      </div>
      <p className={styles.hint}>{OWN_TEXT_COPY.addressHint}</p>
    </form>
  );
}
