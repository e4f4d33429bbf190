import { useEffect, useRef, useState } from 'preact/hooks';

interface SearchProps {
  readonly label: string;
  readonly value: string;
  onSearch(text: string): void;
}

/** Searches a moment after the last letter; `/` leads here from anywhere on the page. */
export function Search({ label, value, onSearch }: SearchProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onSearch(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => onKey({ '/': () => input.current?.focus() }), []);
  return (
    <div class="search" role="search">
      <input
        ref={input}
        class="input"
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        maxLength={100}
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && input.current?.blur()}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

/** Calls what belongs to a key that is pressed outside of fields and dialogs; answers how to stop. */
export function onKey(actions: Readonly<Record<string, () => void>>): () => void {
  const press = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const action = actions[event.key];
    if (action === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    if (target.closest('input, textarea, select, dialog, [contenteditable]') !== null) return;
    if (event.key === 'Enter' && target.closest('a, button, summary') !== null) return;
    event.preventDefault();
    action();
  };
  document.addEventListener('keydown', press);
  return () => document.removeEventListener('keydown', press);
}
