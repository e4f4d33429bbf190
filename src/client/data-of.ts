import { GatehouseError } from './gatehouse-error.js';

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** What was answered with 2xx. Rejects with `GatehouseError` when it was anything else. */
export async function dataOf<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new GatehouseError(response.status, error, response.headers);
  return data as Data;
}
