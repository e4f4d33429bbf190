import { optionsIn } from './options-in.js';
import { code, table } from './table.js';

/** Where each is taken, and the types that say what it takes. */
const places = [
  ['AuthModule', 'src/auth/auth.options.ts', ['AuthModuleOptions', 'AuthModuleExtras']],
  ['Issuers of JWTs', 'src/jwt/issuers.ts', ['IssuerOptions']],
  [
    'DatabaseModule (`DatabaseOptions`)',
    'src/database/database-options.ts',
    ['DatabaseUrlOptions', 'HostDatabaseOptions'],
  ],
  ['ApiKeysModule', 'src/api-keys/key-quota.ts', ['ApiKeysModuleOptions']],
  ['ToolKeysModule', 'src/tool-keys/tool-keys.options.ts', ['ToolKeysModuleOptions', 'ToolKeysModuleExtras']],
  ['AuditModule', 'src/audit/audit.module.ts', ['AuditModuleOptions']],
  ['WebhookAuditSink', 'src/audit/webhook-audit-sink.ts', ['WebhookAuditSinkOptions']],
  ['gatehouseTables', 'src/database/tables/table-names.ts', ['TableNaming']],
  ['AuthError', 'src/principal/auth-error.ts', ['AuthErrorOptions']],
  ['AuthTestingModule', 'src/testing/auth-testing.module.ts', ['AuthTestingOptions']],
  ['asUser', 'src/testing/as-user.ts', ['TestUserOptions']],
  ['asApiKey', 'src/testing/as-api-key.ts', ['TestApiKeyOptions']],
  ['asToolKey', 'src/testing/as-tool-key.ts', ['TestToolKeyOptions']],
  ['createGatehouseClient', 'src/client/gatehouse-client.ts', ['GatehouseClientOptions']],
];

/** A table for each type. */
export function optionsTables() {
  return places
    .map(([title, file, types]) => [`### ${title}`, ...types.map((type) => tableOf(file, type))].join('\n\n'))
    .join('\n\n');
}

function tableOf(file, type) {
  const { about, others, options } = optionsIn(file, type);
  const rows = options.map(({ name, type: what, needed, about: text }) => {
    if (text === '') throw new Error(`${type}.${name} in ${file} has no comment that says what it is.`);
    return [code(name), code(what), needed, text];
  });
  const more = others.map((other) => ` Also what ${code(other)} has.`).join('');
  return `${code(type)}: ${about}${more}\n\n${table(['option', 'type', 'needed', ''], rows)}`;
}
