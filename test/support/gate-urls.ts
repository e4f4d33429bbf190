/** One a word; what has a space in it is written with ␣. */
const words = (text: TemplateStringsArray): string[] =>
  (text.raw[0] ?? '')
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll('␣', ' '));

export const gate = '/api/v1/auth/check';
export const bounded = `${gate}/scopes/files:read,files:write/-`;
export const readable = `${gate}/scopes/files:read/-`;

/** What a client may send, and some proxies append: its own path and query, of any kind. */
export const clientParts: readonly string[] = [
  '',
  ...words`
    / /a/b/c.txt /a?b=c ? ?scopes=files:read /?scopes=files:read ?scopes=a:b&scopes=c:d&scope=x
    /-/ /-/-/ /- /scopes/files:read/-/ /scopes/files:read/-
    /.. /../ /../../-/ /../../../check /../../../../check?scopes=files:read /../scopes/files:read/-/
    /%2e%2e/%2e%2e/%2e%2e/check /%2E%2E%2F%2E%2E%2F%2E%2E%2Fcheck /..%2f..%2f..%2fcheck /..%5c..%5c..%5ccheck
    /..;/..;/..;/check /.%2e/.%2e/-/ /%252e%252e/check // //api/v1/auth/check ///..//../check /%2F%2f
    /%zz /% /%2 /%c0%ae%c0%ae/%c0%ae%c0%ae/check /%ff%fe /%00 /a%00.txt?scopes=files:read%00 /%0d%0aX-API-Key:%20x
    /# # /#/scopes/files:read/-/ /?#?scopes=files:read /\..\..\check /;scopes=files:read /,files:delete /*
    /:scopes/-/* /{scopes} /"<>|^ /~user/@me/$1/!/(a)/+
    ?a[]=1&a[b]=2&__proto__=3&constructor[prototype]=4 ?%zz=%zz ?scopes[]=files:read ?scopes%5B%5D=files:read ?&&&===
  `,
  `/${'a'.repeat(3_000)}`,
  `/${'a/'.repeat(3_000)}`,
  `/${'../'.repeat(2_000)}check`,
  `?${'scopes=files:read&'.repeat(300)}`,
  `/${'%2e%2e%2f'.repeat(1_000)}check`,
];

const names = [
  '',
  ...words`
    scope Scopes SCOPES scopes[] scopes[0] scopes. %20scopes ␣scopes scopes␣ scopes%5B%5D %73copes scopes%00 sc%C3%B6pes
    _scopes require x __proto__
  `,
];

const misspelt = names.flatMap((name) => [
  `?${name}=files:read`,
  `?${name}`,
  `?${name}=`,
  `?scopes=files:read&${name}=files:read`,
  `?${name}=files:read&scopes=files:read`,
]);

const values = [
  '',
  ...words`
    , ␣ %20 + % %zz %00 files files: :read files:read: a:b: :: files:read, ,files:read files:read,,x files;read
    files:read;files:write files:read%00 a:b:c:d:e:f:g:h:i files:*read files:read%2Fx files:read/x files:read%26scopes=a:b files:read%23
    "files:read" [files:read] null undefined $scopes %24scopes {scopes} files:read|x:y fi␣les:read files:re%C3%A4d
    %EF%BB%BFfiles:read files%3A %c0%ba files:read?scopes=a:b
  `,
  `${'a'.repeat(196)}:read`,
  Array.from({ length: 101 }, (_, index) => `a${index}:read`).join(','),
];

const queries = words`
  ? ?? ?& ?= ?scopes=files:read& ?&scopes=files:read ?scopes=a:b&scopes=c:d ?scopes=a:b&scopes=a:b
  ?scopes=a:b;scopes=c:d ?scopes=a:b# # #?scopes=a:b ?# ?scopes==a:b ??scopes=a:b ?scopes=a:b? ?scopes:a:b
`;

const paths = words`
  / // /. /.. /./ /x /scopes /scopes/ /scopes/- /scopes/files:read /Scopes/a:b/-/ /scopes/files:read/
  /scopes/files:read/x /scopes//-/ /scopes/files:read//-/ //scopes/a:b/-/ /scopes/files:read/x/-/ /scopes/a:b/c:d/-/
  /scopes/files:read/-x /scopes/files:read/--/ /--/ /scopes/files:read/%2d /scopes/files:read/%2D/ /%2d/ /%2D /-x /_/
  /-%2f /-%00 /-; /scopes/files:read/.. /scopes/../-/ /scopes/%2e%2e/-/ /./-/ /../check/-/ /x/../-/ /;/-/
  /scopes?scopes=files:read /scopes/?/-/ /scopes/a:b?/-/ /scopes/a:b#/-/ ?/-/ #/-/ %2f-/ /scopes/-/-/
  /scopes=files:read/-/ /scopes;a:b/-/ \scopes\a:b\- /scope/files:read/-/ %00 %20 . ; , * - /-* er
  /scopes/*:* /scopes/:scopes/- /{scopes}/-/
`;

const elsewhere = [
  ...words`
    /api/v1/auth/Check /API/v1/auth/check /api//v1/auth/check //api/v1/auth/check /./api/v1/auth/check
    /x/../api/v1/auth/check /api/v1/auth/%63heck?scope=files:read /api/v1/auth/%63heck/-/x
    /%61pi/v1/auth/check?scopes=files:read /api/v1/auth%2fcheck /api/v1/auth/check%3fscopes=files:read
    http://x/api/v1/auth/check?scope=files:read http://x/api/v1/auth/check/scopes/files:read/-/x check *
  `,
  // Node's parser takes no such bytes, so that these are rejected before they are read.
  `${readable}/\u00e9\u00ff`,
  `${readable}/\u0000`,
  `${readable}/a b`,
  `${readable}/a\tb`,
];

/** What an operator could get wrong, and what a client could try. None is understood, so none may be a yes. */
export const rejectedUrls: readonly string[] = [
  ...new Set([
    ...[...misspelt, ...queries, ...paths].map((rest) => gate + rest),
    ...values.map((value) => `${gate}?scopes=${value}`),
    ...values.filter((value) => !/[?/+]/.test(value)).map((value) => `${gate}/scopes/${value}/-/a`),
    ...elsewhere,
  ]),
];
