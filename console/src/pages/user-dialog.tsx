import { dataOf } from '../../../src/client/index.js';
import { plural } from '../format.js';
import { useLoad } from '../load.js';
import type { Schemas, Session } from '../session.js';
import { Confirm } from '../ui/confirm.js';
import type { Outcome } from './key-actions.js';

export type UserAction = 'disable' | 'enable' | 'end-keys' | 'sign-out';

interface UserDialogProps {
  readonly session: Session;
  readonly user: Schemas['User'];
  readonly action: UserAction;
  onDone(outcome: Outcome): void;
  onClose(): void;
}

const texts: Record<UserAction, readonly [title: string, action: string, done: string]> = {
  disable: ['Disable', 'Disable', 'Disabled with a receipt'],
  enable: ['Enable', 'Enable', 'Enabled'],
  'end-keys': ['End all keys of', 'End keys', 'All keys ended with a receipt'],
  'sign-out': ['Sign out', 'Sign out', 'Signed out with a receipt'],
};

/** Says how many keys would stop before anything is done to a person. */
export function UserDialog({ session, user, action, onDone, onClose }: UserDialogProps) {
  const { client } = session;
  const path = { id: user.id };
  const { data } = useLoad(`user ${user.id}`, (signal) =>
    dataOf(client.GET('/api/v1/admin/users/{id}', { params: { path }, signal })),
  );
  const keys = data === undefined ? 'its keys' : plural(data.apiKeys, 'key');
  const agents = data === undefined ? 'agents' : plural(data.toolKeys, 'agent');
  const sentences: Record<UserAction, string> = {
    disable: `Tokens, ${keys} and ${agents} are rejected at once, until enabled again.`,
    enable: 'Tokens and keys are accepted again. What was revoked stays revoked.',
    'end-keys': `${keys} and ${agents} end at once, and forever. The person may still log in.`,
    'sign-out': 'Tokens issued until now are rejected, with the agents that they started. Keys stay valid.',
  };
  const run = async () => {
    const options = { params: { path, query: { wait: true } } };
    const began = performance.now();
    const { replicas } =
      action === 'disable'
        ? await dataOf(client.POST('/api/v1/admin/users/{id}/disable', options))
        : action === 'enable'
          ? await dataOf(client.POST('/api/v1/admin/users/{id}/enable', options))
          : action === 'sign-out'
            ? await dataOf(client.POST('/api/v1/admin/users/{id}/sign-out', options))
            : await dataOf(client.DELETE('/api/v1/admin/users/{id}/keys', { ...options, body: {} }));
    onDone({ title: texts[action][2], replicas, ms: performance.now() - began });
  };
  return (
    <Confirm
      title={`${texts[action][0]} ${user.email ?? user.subject ?? user.id}?`}
      action={texts[action][1]}
      isDanger={action !== 'enable'}
      onConfirm={run}
      onClose={onClose}
    >
      <p class="muted">{sentences[action]}</p>
    </Confirm>
  );
}
