/** Control characters, invisible and bidirectional formatting characters, and line separators. */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const allUnfit = new RegExp(unfit, 'gu');

/** Text that cannot start a line or control a terminal: such characters are escaped as in JSON, `\u001b`. */
export function escapeControls(text: string): string {
  return unfit.test(text) ? text.replace(allUnfit, escape) : text;
}

/** The same for text of several lines, which are kept. */
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
