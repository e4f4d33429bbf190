/** Control characters, those of Unicode that cannot be seen or turn text around, and its line ends. */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const allUnfit = new RegExp(unfit, 'gu');

/** Text that begins no line of its own and tells a terminal nothing: what could is written as in JSON, `\u001b`. */
export function escapeControls(text: string): string {
  return unfit.test(text) ? text.replace(allUnfit, escape) : text;
}

/** The same for text of several lines, which stay lines. */
export function escapeLines(text: string): string {
  return unfit.test(text) ? text.split('\n').map(escapeControls).join('\n') : text;
}

function escape(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
