import { useEffect, useState } from 'preact/hooks';
import type { PageProps } from '../app.js';
import {
  type Check,
  detailOf,
  explain,
  type Explanation,
  isSecret,
  isUnknownKey,
  type Method,
  type Question,
} from '../api/explain.js';
import { apiUrl } from '../base.js';
import { plural } from '../format.js';
import { go } from '../router.js';
import { Empty, Link, Page, Problem, Time } from '../ui/basics.js';

const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const marks = { pass: '✓', fail: '✕', skipped: '–' };

/** Why was this request rejected, and what would have to change? */
export default function Why({ session, place: { query } }: PageProps) {
  const [question, setQuestion] = useState<Question>({
    key: query.get('key') ?? '',
    method: methods.find((method) => method === query.get('method')) ?? 'GET',
    path: query.get('path') ?? '/api/v1/auth/me',
    ip: query.get('ip') ?? '',
  });
  const [answer, setAnswer] = useState<Explanation>();
  const [error, setError] = useState<unknown>();
  const ask = async () => {
    setError(undefined);
    try {
      setAnswer(await explain(session, question));
    } catch (failure) {
      setAnswer(undefined);
      setError(isUnknownKey(failure) ? new Error('No key by that id is yours to ask about.') : failure);
    }
  };
  useEffect(() => {
    if (question.key !== '') void ask();
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    const { key, ...rest } = question;
    const shown = new URLSearchParams({ ...rest, ...(isSecret(key) ? {} : { key }) });
    go(`/why?${shown}`, { replace: true });
    void ask();
  };
  const field = (name: 'key' | 'path' | 'ip', label: string, example: string) => (
    <input
      class={`input mono of-${name}`}
      aria-label={label}
      placeholder={example}
      value={question[name]}
      spellcheck={false}
      autocomplete="off"
      required={name !== 'ip'}
      onInput={(event) => setQuestion({ ...question, [name]: event.currentTarget.value.trim() })}
    />
  );
  return (
    <Page title="Why was this request rejected?">
      <form class="panel ask" onSubmit={submit}>
        {field('key', 'Key, prefix or id', 'mk_live_8Fq2Lx1c or an id')}
        <select
          class="input of-method"
          aria-label="Method"
          value={question.method}
          onChange={(event) => setQuestion({ ...question, method: event.currentTarget.value as Method })}
        >
          {methods.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </select>
        {field('path', 'Path', '/api/v1/files')}
        {field('ip', 'Address', 'address: 203.0.113.7')}
        <button class="btn primary">Explain</button>
      </form>
      <Problem error={error} />
      {answer === undefined ? (
        error === undefined && (
          <div class="panel">
            <Empty
              title="Every bad key gets the same 401"
              text="Its owner may ask why. Name the key, what was asked and from where: the checks of a request are run again, and nothing is counted."
              command={`curl -X POST ${apiUrl.href}/auth/explain \\\n  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\\n  -d '{"keyId":"…","method":"GET","path":"/api/v1/files"}'`}
            />
          </div>
        )
      ) : (
        <Answer of={answer} isAdmin={session.isAdmin} />
      )}
    </Page>
  );
}

function Answer({
  of: { result, checks, key, refusals },
  isAdmin,
}: {
  readonly of: Explanation;
  readonly isAdmin: boolean;
}) {
  const first = checks.find((check) => check.first);
  const others = checks.filter(({ outcome, first: isFirst }) => outcome === 'fail' && !isFirst).length;
  return (
    <>
      <section class="panel" aria-live="polite">
        <div class="head ruled">
          <h2>{result.admitted ? 'It would be admitted' : `${result.status ?? ''} ${result.code ?? ''}`}</h2>
          {first !== undefined && (
            <span class="muted">
              decided by “{first.check}”
              {others > 0 && `; ${plural(others, 'more check', 'more checks')} would reject it too`}
            </span>
          )}
          {key !== null && (
            <span class="muted">
              <Link class="plain" to={`/keys/${key.id}`}>
                {key.name ?? key.prefix}
              </Link>
            </span>
          )}
        </div>
        <ol class="steps">
          {checks.map((check) => (
            <Step key={check.check} of={check} />
          ))}
        </ol>
      </section>
      {refusals.length > 0 && (
        <section class="panel">
          <div class="head">
            <h2>Last rejections</h2>
            {isAdmin && key !== null && (
              <Link class="plain" to={`/audit?type=refused&subjectId=${key.id}`}>
                In the audit trail
              </Link>
            )}
          </div>
          <div class="flush scroll" tabIndex={0} role="region" aria-label="Last rejections">
            <table>
              <tbody>
                {refusals.slice(0, 5).map(({ id, details, ip, requestId, time }) => (
                  <tr key={id}>
                    <td>
                      <span class="chip bad">{String(details?.outcome ?? details?.reason ?? 'refused')}</span>
                    </td>
                    <td class="mono muted">{ip}</td>
                    <td class="mono faint hide-s">{requestId}</td>
                    <td class="num muted">
                      <Time at={time} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
    </>
  );
}

function Step({ of: check }: { readonly of: Check }) {
  const tone = check.first ? 'fail' : check.outcome;
  return (
    <li class={tone === 'fail' && !check.first ? 'also' : tone}>
      <span class={`mark is-${check.outcome}`}>
        <span aria-hidden="true">{marks[check.outcome]}</span>
        <span class="sr">{check.outcome}</span>
      </span>
      <strong>{check.check.replaceAll('_', ' ')}</strong>
      <span class={check.first ? '' : 'muted'}>{detailOf(check)}</span>
    </li>
  );
}
