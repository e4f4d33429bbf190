import { createGatehouseClient } from 'nestjs-gatehouse/client';

interface Session {
  getSession(): Promise<{ accessToken: string }>;
}

export function clientFor(baseUrl: string, session: Session) {
  const token = async () => (await session.getSession()).accessToken;
  return createGatehouseClient({ baseUrl, credential: { token } });
}
