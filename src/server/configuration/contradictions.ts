/** The errors in combinations of variables, one line each: a variable is missing, or two exclude each other. */
export function contradictionsIn(set: Readonly<Record<string, string | undefined>>): string[] {
  return [
    ...ofJwtIssuer(set),
    ...ofSupabase(set),
    ...ofDatabase(set),
    ...ofMetrics(set),
    ...ofAuditWebhook(set),
  ];
}

function ofJwtIssuer({ JWT_ISSUER, ...set }: Readonly<Record<string, string | undefined>>): string[] {
  const own = ['JWT_AUDIENCE', 'JWT_JWKS_URL', 'JWT_PUBLIC_KEY'].filter((name) => set[name] !== undefined);
  if (JWT_ISSUER === undefined) return own.map((name) => `JWT_ISSUER is missing, but ${name} is set`);
  const problems: string[] = [];
  const keys = own.filter((name) => name !== 'JWT_AUDIENCE');
  if (own.length === keys.length) problems.push('JWT_AUDIENCE is missing, but JWT_ISSUER is set');
  if (keys.length === 0)
    problems.push('JWT_JWKS_URL is missing, and so is JWT_PUBLIC_KEY, but JWT_ISSUER is set');
  if (keys.length === 2) problems.push('JWT_JWKS_URL cannot be set together with JWT_PUBLIC_KEY');
  return problems;
}

function ofSupabase({ SUPABASE_URL, ...set }: Readonly<Record<string, string | undefined>>): string[] {
  if (SUPABASE_URL !== undefined) return [];
  const keys = ['SUPABASE_JWT_PUBLIC_KEY', 'SUPABASE_JWT_RSA_PUBLIC_KEY'].filter(
    (name) => set[name] !== undefined,
  );
  return keys.map((name) => `SUPABASE_URL is missing, but ${name} is set`);
}

function ofDatabase({
  DATABASE_URL = '',
  DATABASE_DIRECT_URL,
}: Readonly<Record<string, string | undefined>>): string[] {
  if (DATABASE_DIRECT_URL === undefined || /^\s*postgres(ql)?:/i.test(DATABASE_URL)) return [];
  return ['DATABASE_URL names no PostgreSQL server, but DATABASE_DIRECT_URL is set'];
}

function ofMetrics({ METRICS_PORT, METRICS_HOST }: Readonly<Record<string, string | undefined>>): string[] {
  if (METRICS_PORT !== undefined || METRICS_HOST === undefined) return [];
  return ['METRICS_PORT is missing, but METRICS_HOST is set'];
}

function ofAuditWebhook(set: Readonly<Record<string, string | undefined>>): string[] {
  const names = ['AUDIT_WEBHOOK_URL', 'AUDIT_WEBHOOK_SECRET'];
  const missing = names.filter((name) => set[name] === undefined);
  if (missing.length !== 1) return [];
  return [`${missing[0]} is missing, but ${names.find((name) => name !== missing[0])} is set`];
}
