import { Initial1795245672052 } from './1795245672052-Initial.js';
import { ServiceKeys1795248643626 } from './1795248643626-ServiceKeys.js';
import { Leases1795272134616 } from './1795272134616-Leases.js';
import { ChangeFeed1795278000616 } from './1795278000616-ChangeFeed.js';
import { Retention1795282323743 } from './1795282323743-Retention.js';
import { AuditOutbox1795293111440 } from './1795293111440-AuditOutbox.js';
import { KeyLineages1795968383000 } from './1795968383000-KeyLineages.js';
import { Quotas1795968500001 } from './1795968500001-Quotas.js';
import { SignOuts1795991000000 } from './1795991000000-SignOuts.js';
import { BoundedKeys1795992000000 } from './1795992000000-BoundedKeys.js';
import { UserSubjects1796032000000 } from './1796032000000-UserSubjects.js';
import { Creators1796100000000 } from './1796100000000-Creators.js';
import { ReplicaServers1796110000000 } from './1796110000000-ReplicaServers.js';
import { Traces1796120000000 } from './1796120000000-Traces.js';
import { IdempotentRequests1796130000000 } from './1796130000000-IdempotentRequests.js';
import { LeaseStates1796140000000 } from './1796140000000-LeaseStates.js';
import { AccessKeys1796200000000 } from './1796200000000-AccessKeys.js';
import { KeyNotices1796210000000 } from './1796210000000-KeyNotices.js';
import { ScopeUses1796220000000 } from './1796220000000-ScopeUses.js';
import { UsageOwners1796220000001 } from './1796220000001-UsageOwners.js';
import { UserAdministration1796230000000 } from './1796230000000-UserAdministration.js';
import { AgentNames1796240000000 } from './1796240000000-AgentNames.js';
import { AuditSearch1796250000000 } from './1796250000000-AuditSearch.js';
import { UsageMinutes1796260000000 } from './1796260000000-UsageMinutes.js';

/** In the order of their time. */
export const postgresMigrations = [
  Initial1795245672052,
  ServiceKeys1795248643626,
  Leases1795272134616,
  ChangeFeed1795278000616,
  Retention1795282323743,
  AuditOutbox1795293111440,
  KeyLineages1795968383000,
  Quotas1795968500001,
  SignOuts1795991000000,
  BoundedKeys1795992000000,
  UserSubjects1796032000000,
  Creators1796100000000,
  ReplicaServers1796110000000,
  Traces1796120000000,
  IdempotentRequests1796130000000,
  LeaseStates1796140000000,
  AccessKeys1796200000000,
  KeyNotices1796210000000,
  ScopeUses1796220000000,
  UsageOwners1796220000001,
  UserAdministration1796230000000,
  AgentNames1796240000000,
  AuditSearch1796250000000,
  UsageMinutes1796260000000,
];
