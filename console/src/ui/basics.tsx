import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { GatehouseError } from '../../../src/client/index.js';
import { hover, relative } from '../format.js';
import { go, hrefOf } from '../router.js';

interface LinkProps {
  readonly to: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly 'aria-current'?: 'page' | 'true';
  readonly 'aria-label'?: string;
}

/** A link within the console. Modified clicks open a tab, as everywhere. */
export function Link({ to, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a {...rest} href={hrefOf(to)} onClick={follow}>
      {children}
    </a>
  );
}

/** A time in words, local and UTC on hover. */
export function Time({ at, none = 'never' }: { readonly at: string | null; readonly none?: string }) {
  if (at === null) return <>{none}</>;
  return (
    <time dateTime={at} title={hover(at)}>
      {relative(at)}
    </time>
  );
}

interface ListFootProps {
  readonly list: { readonly hasMore: boolean; loadMore(): void };
  /** How many rows are shown, of how many. */
  readonly children: ComponentChildren;
}

/** Below a list, with a button for more of it. */
export function ListFoot({ list, children }: ListFootProps) {
  return (
    <div class="row foot">
      <span class="faint">{children}</span>
      {list.hasMore && (
        <button type="button" class="btn" onClick={list.loadMore}>
          Show more
        </button>
      )}
    </div>
  );
}

/** What went wrong, with the code and the id that the log and the audit trail know. */
export function Problem({ error }: { readonly error: unknown }) {
  if (error === undefined) return null;
  const { code, requestId } = error instanceof GatehouseError ? error : {};
  return (
    <div class="problem" role="alert">
      <strong>{messageOf(error)}</strong>
      {requestId !== undefined && (
        <div class="small">
          <code>{code ?? 'no code'}</code> · request <code>{requestId}</code>
        </div>
      )}
    </div>
  );
}

function messageOf(error: unknown): string {
  if (!(error instanceof GatehouseError)) {
    if (error instanceof TypeError)
      return 'The service did not answer. Is it running, and is the network up?';
    return error instanceof Error ? error.message : String(error);
  }
  // Each 404 of Gatehouse has a code.
  if (error.status === 404 && error.code === undefined)
    return 'This application does not serve what this page asks for: the module for it is not imported.';
  const details = error.code === 'VALIDATION_FAILED' && Array.isArray(error.details) ? error.details : [];
  const first = (details as { path: string; message: string }[])[0];
  if (first !== undefined) return `${first.path} ${first.message}`;
  return error.message.replace(/^\d+ \w+: /, '');
}

export function Page({
  title,
  tools,
  children,
}: {
  readonly title: string;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${title} · Gatehouse`;
  }, [title]);
  return (
    <>
      <header class="page">
        <h1 class="name">{title}</h1>
        <span class="grow" />
        {tools}
      </header>
      {children}
    </>
  );
}

/** One of few values of a filter, each a link of its own. */
export function Segments({
  label,
  options,
  value,
  to,
}: {
  readonly label: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  readonly value: string;
  readonly to: (value: string) => string;
}) {
  return (
    <nav class="seg" aria-label={label}>
      {options.map(([option, name]) => (
        <Link key={option} to={to(option)} aria-current={option === value ? 'true' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

export function Copy({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <button type="button" class="btn tight" onClick={copy}>
      <span aria-live="polite">{isCopied ? 'Copied' : label}</span>
    </button>
  );
}

export function Scopes({ scopes, most = 2 }: { readonly scopes: readonly string[]; readonly most?: number }) {
  const more = scopes.length - most;
  return (
    <span class="chips">
      {scopes.slice(0, most).map((scope) => (
        <span key={scope} class="chip scope">
          {scope}
        </span>
      ))}
      {more > 0 && (
        <span class="chip scope" title={scopes.slice(most, most + 40).join('\n')}>
          +{more}
        </span>
      )}
    </span>
  );
}

/** Empty states teach: what would be here, and the command that puts it there. */
export function Empty({ title, text, command }: { title: string; text: string; command?: string }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p class="muted">{text}</p>
      {command !== undefined && (
        <div class="secret">
          <pre>{command}</pre>
          <Copy text={command} />
        </div>
      )}
    </div>
  );
}
