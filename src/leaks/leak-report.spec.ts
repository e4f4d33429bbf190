import { describe, expect, it } from '@jest/globals';
import { createChecksummedKey } from '../key-store/key-format.js';
import { isToken, keptUrl, readPlace } from './leak-report.js';

const { key } = createChecksummedKey('mk_live_');
const kept = (url: string, token = key) => keptUrl({ token, url });

describe('the place where a key was found', () => {
  it.each([
    ['https://github.com/octo/notes/blob/main/.env#L3', 'https://github.com/octo/notes/blob/main/.env#L3'],
    ['HTTP://Paste.Example.com', 'http://paste.example.com/'],
    ['https://ada:secret@paste.example.com/x', 'https://paste.example.com/x'],
    [`https://${key}@paste.example.com/x`, 'https://paste.example.com/x'],
    ['https://paste.example.com/"><script>', 'https://paste.example.com/%22%3E%3Cscript%3E'],
    [`https://paste.example.com/${'x'.repeat(474)}`, expect.stringMatching(/x{474}$/)],
  ])('is kept as a URL: %s', (text, url) => {
    expect(readPlace(text)).toEqual(url);
  });

  it.each([
    ['another scheme', 'javascript:alert(1)'],
    ['a file', 'file:///etc/passwd'],
    ['no scheme', 'paste.example.com'],
    ['nothing', ''],
    ['a line end', 'https://paste.example.com/\nforged line'],
    ['a tab', 'https://paste.example.com/\t'],
    ['an escape sequence', 'https://paste.example.com/\u001b[31m'],
    ['a character that turns text around', 'https://paste.example.com/\u202etxt'],
    ['a space', 'https://paste.example.com/a b'],
    ['501 characters', `https://paste.example.com/${'x'.repeat(475)}`],
    ['more than 500 when it is encoded', `https://paste.example.com/${'"'.repeat(300)}`],
  ])('is none with %s', (_what, text) => {
    expect(readPlace(text)).toBeUndefined();
  });

  it.each([
    ['that key', `https://paste.example.com/?q=${key}`],
    ['that key, encoded', `https://paste.example.com/%6d${key.slice(1)}`],
  ])('is not kept with %s in it', (_what, url) => {
    expect(kept(url)).toBeNull();
  });

  it('is not kept with a key of another system in it that was reported', () => {
    expect(kept('https://paste.example.com/sesame-1', 'sesame-1')).toBeNull();
  });

  it.each([
    ['another key', createChecksummedKey('mk_test_').key],
    ['a tool key', createChecksummedKey('tk_').key],
    ['a JWT', `${'eyJhbGciOiJFUzI1NiJ9'}.${'eyJzdWIiOiJhZGEifQ'}.${'a'.repeat(86)}`],
    ['a key in base64', Buffer.from(createChecksummedKey('mk_live_').key).toString('base64url')],
  ])('is kept without %s', (_what, secret) => {
    const url = kept(`https://paste.example.com/x?q=${secret}`);
    expect(String(url)).not.toContain(secret.slice(20));
  });
});

it('is a token only in visible ASCII', () => {
  const tokens = [key, 'x', 'x'.repeat(16_384), '', 'x'.repeat(16_385), `${key}\n`, 'kéy', 5, null];
  expect(tokens.map(isToken)).toEqual([true, true, true, ...Array.from({ length: 6 }, () => false)]);
});
