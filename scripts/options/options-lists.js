import { optionsIn } from './options-in.js';
import { code, list } from './list.js';

/** Where each is taken, and the types that say what it takes. */
const places = [
  [
    'GatehouseModule',
    'src/gatehouse/gatehouse.options.ts',
    ['GatehouseModuleOptions', 'GatehouseModuleExtras'],
  ],
  ['AuthModule', 'src/auth/auth.options.ts', ['AuthModuleOptions', 'AuthModuleExtras']],
  ['Issuers of JWTs', 'src/jwt/issuers.ts', ['IssuerOptions']],
  ['Issuers with `verify`', 'src/jwt/custom-verification.ts', ['CustomVerificationOptions']],
  ['Audiences of issuers', 'src/jwt/audience.ts', ['AudienceOptions']],
  ['Tenants of issuers', 'src/jwt/tenants.ts', ['TenantOptions']],
  ['People of issuers', 'src/jwt/token-person.ts', ['PersonOptions', 'TokenPerson']],
  [
    'DatabaseModule (`DatabaseOptions`)',
    'src/database/database-options.ts',
    ['DatabaseUrlOptions', 'HostDatabaseOptions'],
  ],
  ['ApiKeysModule', 'src/api-keys/key-quota.ts', ['ApiKeysModuleOptions']],
  ['Leaked keys (`leaks` of `ApiKeysModule`)', 'src/leaks/leak-options.ts', ['LeaksOptions', 'LeakPolicy']],
  ['ToolKeysModule', 'src/tool-keys/tool-keys.options.ts', ['ToolKeysModuleOptions', 'ToolKeysModuleExtras']],
  ['GatehouseMcpModule', 'src/mcp/mcp.options.ts', ['McpModuleOptions', 'CallRequirements']],
  ['GatehouseConsoleModule', 'src/console/console.options.ts', ['ConsoleModuleOptions']],
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

/** A list for each type. */
export function optionsLists() {
  return places
    .map(([title, file, types]) => {
      const shown = new Set();
      return [`### ${title}`, ...types.map((type) => listOf(file, type, shown))].join('\n\n');
    })
    .join('\n\n');
}

/** Names in `shown` were in a list of the same place; inherited by both types, they mean the same. */
function listOf(file, type, shown) {
  const { about, others, options } = optionsIn(file, type);
  const again = options.filter(({ name }) => shown.has(name)).map(({ name }) => code(name));
  const items = options.flatMap(({ name, type: what, needed, about: text }) => {
    if (text === '') throw new Error(`${type}.${name} in ${file} has no comment that says what it is.`);
    if (shown.has(name)) return [];
    shown.add(name);
    return [{ name, facts: [code(what.replaceAll('readonly ', '')), needed], about: text }];
  });
  const also = [...again, ...others.map(code)];
  const more = also.length === 0 ? '' : ` Also ${also.join(' and ')}.`;
  return `${code(type)}: ${about}${more}\n\n${list(items)}`;
}
