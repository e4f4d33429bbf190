import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { auditEventTypes } from '../../src/audit/audit-event.entity.js';
import { errorCodes, statusOfCode } from '../../src/principal/auth-error.js';
import { scopesOfPersonalKey, scopesOfRole, scopesOfUser } from '../../src/principal/scopes.js';

const docs = join(import.meta.dirname, '../../docs');
const page = await readFile(join(docs, 'concepts.md'), 'utf8');
const picture = await readFile(join(docs, 'request-path.svg'), 'utf8');

describe('the picture of the path of a request', () => {
  const shown = [...picture.matchAll(/class="code"[^>]*>(\d{3}) ([A-Z_, ]+)</g)].flatMap(
    ([, status, codes = '']) => codes.split(', ').map((code) => [code, Number(status)] as const),
  );

  it.each(shown)('shows %s with its status', (code, status) => {
    expect(statusOfCode[code as keyof typeof statusOfCode]).toBe(status);
  });

  it('leaves out no code that a credential can meet', () => {
    const met = errorCodes.filter(
      (code) => [401, 403, 429].includes(statusOfCode[code]) || /^(AUTH|DB)_/.test(code),
    );
    expect([...new Set(shown.map(([code]) => code))].sort()).toEqual(met.sort());
  });

  it('loads nothing from elsewhere', () => {
    expect(picture.match(/https?:\/\/[^"]+|<script|@import|\bhref=/g)).toEqual([
      'http://www.w3.org/2000/svg',
    ]);
  });
});

describe('docs/concepts.md', () => {
  it('names every type of event', () => {
    const [, list = ''] = /\*\*Events\*\*: ([^]*?)\./.exec(page) ?? [];
    expect([...list.matchAll(/`(\w+)`/g)].map(([, type]) => type).sort()).toEqual(
      [...auditEventTypes].sort(),
    );
  });

  it.each(Object.entries(scopesOfRole))('says what the role %s stands for', (role, scopes) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${role}\``)) ?? '';
    const [, , stands = ''] = row.split('|');
    expect([...stands.matchAll(/`([^`]+)`/g)].map(([, scope]) => scope)).toEqual([...scopes]);
  });

  it('says what a person may do, and what with a personal key', () => {
    const all = scopesOfUser.map((scope) => `\`${scope}\``).join(', ');
    expect(page).toContain(`everything within that owner: ${all}`);
    expect(scopesOfPersonalKey).toEqual(scopesOfUser.slice(0, 1));
  });
});
