import type { ComponentType } from 'preact';
import type { PageProps } from './app.js';
import { agentRoutes } from './served.js';

export interface Screen {
  readonly path: RegExp;
  load(): Promise<{ readonly default: ComponentType<PageProps> }>;
  /** In the navigation, if it has a name. */
  readonly name?: string;
  readonly to?: string;
  readonly isForAdmins?: boolean;
  /** Without one of these routes there is nothing to show. */
  readonly needs: readonly string[];
}

const usage = ['/usage', '/admin/usage'];
const keys = ['/api-keys', '/me/api-keys', '/admin/api-keys'];

export const screens: readonly Screen[] = [
  {
    name: 'Overview',
    to: '/overview',
    path: /^\/overview$/,
    needs: usage,
    load: () => import('./pages/overview.js'),
  },
  { name: 'Keys', to: '/keys', path: /^\/keys$/, needs: keys, load: () => import('./pages/keys.js') },
  { path: /^\/keys\/new$/, needs: keys, load: () => import('./pages/new-key.js') },
  { path: /^\/keys\/[\w-]{36}$/, needs: keys, load: () => import('./pages/key.js') },
  {
    name: 'Agents',
    to: '/agents',
    path: /^\/agents$/,
    needs: agentRoutes,
    load: () => import('./pages/agents.js'),
  },
  {
    name: 'Why?',
    to: '/why',
    path: /^\/why$/,
    needs: ['/auth/explain'],
    load: () => import('./pages/why.js'),
  },
  {
    name: 'Audit',
    to: '/audit',
    path: /^\/audit$/,
    needs: ['/admin/audit-events'],
    load: () => import('./pages/audit.js'),
    isForAdmins: true,
  },
  {
    name: 'Owners',
    to: '/owners',
    path: /^\/owners$/,
    needs: ['/admin/owners'],
    load: () => import('./pages/owners.js'),
    isForAdmins: true,
  },
  {
    name: 'People',
    to: '/people',
    path: /^\/people$/,
    needs: ['/admin/users'],
    load: () => import('./pages/people.js'),
    isForAdmins: true,
  },
  {
    name: 'Issuers',
    to: '/issuers',
    path: /^\/issuers$/,
    needs: ['/admin/status'],
    load: () => import('./pages/issuers.js'),
    isForAdmins: true,
  },
  {
    name: 'Routes',
    to: '/routes',
    path: /^\/routes$/,
    needs: ['/routes'],
    load: () => import('./pages/routes.js'),
    isForAdmins: true,
  },
];
