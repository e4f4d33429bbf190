import { createHash } from 'node:crypto';

/** Stands for the table that the application has. */
export interface OldUser {
  readonly id: string;
  readonly tenantId: string;
  readonly subject: string;
  readonly apiKeyHash: string | null;
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export class OldUsers {
  readonly rows: OldUser[] = [
    { id: '42', tenantId: 'acme', subject: 'auth0|ada', apiKeyHash: sha256('sk-ada-5Fh3mQ8tWv1xYz7a2Bc9De') },
    { id: '43', tenantId: 'acme', subject: 'auth0|bob', apiKeyHash: null },
  ];

  bySubject = (subject: string) => this.rows.find((user) => user.subject === subject) ?? null;
  byKey = (key: string) => this.rows.find((user) => user.apiKeyHash === sha256(key)) ?? null;
}
