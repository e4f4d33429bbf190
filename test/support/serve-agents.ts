import { afterAll, beforeAll } from '@jest/globals';
import { type Agents, agentsOf } from './agents.js';
import { type Gatehouse, startGatehouse } from './gatehouse.js';

/** One service for all tests of a file, and its agents: both are there from the first test on, and gone after the last. */
export function serveAgents(): { gatehouse: Gatehouse; agents: Agents } {
  const gatehouse = {} as Gatehouse;
  const agents = agentsOf(gatehouse);
  beforeAll(async () => {
    Object.assign(gatehouse, await startGatehouse());
  });
  afterAll(() => gatehouse.close());
  return { gatehouse, agents };
}
