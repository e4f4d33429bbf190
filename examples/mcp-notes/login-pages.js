import { text } from 'node:stream/consumers';

/** Names of clients are their own: anyone registers one. */
const escaped = (value) => value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const page = (title, body) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<h1>${title}</h1>
<form method="post">
${body}
</form>
`;

/** @param {string} client The name of the client that the person comes from. */
export const loginPage = (client) =>
  page(
    'Log in',
    `<p>${escaped(client)} sends you here to log in. There are two people, without passwords.</p>
<p><label><input type="radio" name="user" value="ada" checked> Ada</label>
<label><input type="radio" name="user" value="bob"> Bob</label></p>
<button name="answer" value="yes">Log in</button>
<button name="answer" value="no">Cancel</button>`,
  );

/**
 * @param {string} user
 * @param {string} client
 * @param {[string, string][]} scopes Each with what it allows.
 */
export const consentPage = (user, client, scopes) =>
  page(
    'Consent',
    `<p>${escaped(user)}, do you let ${escaped(client)} do this in your name?</p>
<ul>
${scopes.map(([scope, allows]) => `<li><code>${escaped(scope)}</code>: ${escaped(allows)}</li>`).join('\n')}
</ul>
<button name="answer" value="yes">Allow</button>
<button name="answer" value="no">Refuse</button>`,
  );

/** The fields of a form that was sent. */
export async function formOf(request) {
  return Object.fromEntries(new URLSearchParams(await text(request)));
}
