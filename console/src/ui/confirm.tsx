import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from './basics.js';

interface ConfirmProps {
  readonly title: string;
  readonly action: string;
  readonly isDanger?: boolean;
  readonly children: ComponentChildren;
  /** Closes the dialog when it resolves; a rejection is shown in it. */
  onConfirm(): Promise<void>;
  onClose(): void;
}

/** Asks once before something is done, and says what will stop working. */
export function Confirm({ title, action, isDanger = false, children, onConfirm, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="confirm-title">
      <form onSubmit={confirm}>
        <h2 id="confirm-title">{title}</h2>
        {children}
        <Problem error={error} />
        <div class="end">
          <button type="button" class="btn" onClick={onClose}>
            Cancel
          </button>
          <button class={`btn primary ${isDanger ? 'danger' : ''}`} disabled={isBusy}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
