import { createGatehouseClient, dataOf, GatehouseError, hasCode } from 'nestjs-gatehouse/client';

export async function issueFor(taskId: string, baseUrl: string, apiKey: string): Promise<string> {
  const gatehouse = createGatehouseClient({ baseUrl, credential: { apiKey } });
  const body = { taskId, scopes: ['files:read', 'files:write'] };
  const { data, error } = await gatehouse.POST('/api/v1/tool-keys', { body });
  if (data !== undefined) return `issued ${data.prefix}`;
  if (hasCode(error, 'INSUFFICIENT_SCOPE')) return `lacks ${error.details.missing.join(', ')}`;
  if (hasCode(error, 'VALIDATION_FAILED')) return `wrong: ${error.details[0]?.path}`;
  return `rejected: ${error.code}`;
}

export async function whoAmI(baseUrl: string, apiKey: string): Promise<string> {
  try {
    const gatehouse = createGatehouseClient({ baseUrl, credential: { apiKey } });
    return (await dataOf(gatehouse.GET('/api/v1/auth/me'))).ownerId;
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    if (hasCode(error, 'INVALID_API_KEY')) return 'anonymous';
    return `try again in ${error.retryAfterSeconds ?? 0} s, and report ${error.requestId}`;
  }
}
