/** Written by `npm run client` from openapi.json. */
export interface paths {
  '/api/v1/auth/check': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether a request is allowed; for proxies that protect an application with Gatehouse
     * @description Any method works, and a body is ignored. For proxies that append the path and query of the client, the same check is available below `/api/v1/auth/check/scopes/files:read,files:write/-` or, without scopes, `/api/v1/auth/check/-`.
     */
    get: operations['ForwardAuth_check'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process is alive; nothing else is checked */
    get: operations['Health_live'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process can serve requests; checks the database, its schema and the token issuers */
    get: operations['Health_ready'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/.well-known/oauth-authorization-server': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The endpoints and grants of the built-in issuer (RFC 8414); 404 without `ISSUER_URL` */
    get: operations['Jwks_metadata'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/.well-known/jwks.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The public keys of the built-in issuer */
    get: operations['Jwks_jwks'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The authenticated caller */
    get: operations['Identity_me'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/status': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the request is authenticated; an invalid credential counts as none */
    get: operations['Identity_status'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/routes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who may use which route, and with which scopes */
    get: operations['Routes_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/status': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Replicas, the audit outbox and issuers, as this process sees them
     * @description Asks all replicas to confirm, as a revocation with `?wait=true` does.
     */
    get: operations['Status_read'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/api-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Look at your API key */
    get: operations['PersonalKeys_find'];
    put?: never;
    /** Create your API key */
    post: operations['PersonalKeys_create'];
    /** Revoke your API key permanently */
    delete: operations['PersonalKeys_revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/api-keys/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Replace your API key by a new one; the old one ends at once */
    post: operations['PersonalKeys_refresh'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/api-keys/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was done with your keys, the newest first */
    get: operations['PersonalKeys_events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/me/api-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List your access keys for the owner you act for, the newest first */
    get: operations['AccessKeys_list'];
    put?: never;
    /** Create a key that acts as you within its scopes; it is shown in full this once */
    post: operations['AccessKeys_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/me/api-keys/new': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What a link to a new access key proposes, and what of it may be preselected */
    get: operations['AccessKeys_propose'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/me/api-keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Look at one of your access keys, and at the one it replaced */
    get: operations['AccessKeys_find'];
    put?: never;
    post?: never;
    /** Revoke one of your access keys permanently */
    delete: operations['AccessKeys_revoke'];
    options?: never;
    head?: never;
    /** Change settings of one of your access keys, or switch it off and on */
    patch: operations['AccessKeys_update'];
    trace?: never;
  };
  '/api/v1/me/api-keys/{id}/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Replace an access key by a new one with the same settings, at once or with an overlap */
    post: operations['AccessKeys_rotate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/me/api-keys/{id}/narrow': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Leave one of your access keys the scopes that it has needed, or named ones */
    post: operations['AccessKeys_narrow'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/me/api-keys/{id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was done with one of your access keys, the newest first */
    get: operations['AccessKeys_events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/me/api-keys/{id}/usage': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How often one of your access keys was used, and with which outcome */
    get: operations['AccessKeys_usage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/members/api-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the access keys of all users that act for your owner, the newest first */
    get: operations['MemberKeys_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/members/api-keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Look at an access key that acts for your owner, and at the one it replaced */
    get: operations['MemberKeys_find'];
    put?: never;
    post?: never;
    /** Revoke an access key that acts for your owner permanently */
    delete: operations['MemberKeys_revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/members/api-keys/{id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was done with an access key that acts for your owner, the newest first */
    get: operations['MemberKeys_events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/members/api-keys/{id}/usage': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How often an access key that acts for your owner was used, and with which outcome */
    get: operations['MemberKeys_usage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/api-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the keys of your owner, the newest first */
    get: operations['ServiceKeys_list'];
    put?: never;
    /** Create a key for a program; the whole key is shown this once */
    post: operations['ServiceKeys_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/api-keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Look at a key, and at the one it replaced */
    get: operations['ServiceKeys_find'];
    put?: never;
    post?: never;
    /** Revoke a key permanently */
    delete: operations['ServiceKeys_revoke'];
    options?: never;
    head?: never;
    /** Change settings of a key, or switch it off and on */
    patch: operations['ServiceKeys_update'];
    trace?: never;
  };
  '/api/v1/api-keys/{id}/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Replace a key by a new one with the same settings, at once or with an overlap */
    post: operations['ServiceKeys_rotate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/api-keys/{id}/narrow': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Leave a key the scopes that it has needed, or named ones */
    post: operations['ServiceKeys_narrow'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/api-keys/{id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was done with a key, the newest first */
    get: operations['ServiceKeys_events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/api-keys/{id}/usage': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How often a key was used, and with which outcome */
    get: operations['ServiceKeys_usage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/usage': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How often the keys of your owner were used, by key or outcome */
    get: operations['Usage_find'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/api-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the keys of all owners, the newest first */
    get: operations['AdminKeys_list'];
    put?: never;
    /** Create a key for any owner; the whole key is shown this once */
    post: operations['AdminKeys_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/api-keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Look at any key, and at the one it replaced */
    get: operations['AdminKeys_find'];
    put?: never;
    post?: never;
    /** Revoke any key permanently */
    delete: operations['AdminKeys_revoke'];
    options?: never;
    head?: never;
    /** Change settings of any key, or switch it off and on */
    patch: operations['AdminKeys_update'];
    trace?: never;
  };
  '/api/v1/admin/api-keys/{id}/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Replace any service key by a new one with the same settings */
    post: operations['AdminKeys_rotate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/api-keys/{id}/narrow': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Leave any key the scopes that it has needed, or named ones */
    post: operations['AdminKeys_narrow'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/api-keys/{id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was done with any key, the newest first */
    get: operations['AdminKeys_events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/api-keys/{id}/usage': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How often any key was used, and with which outcome */
    get: operations['AdminKeys_usage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/usage': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How often the keys of all owners were used, by key, outcome or owner */
    get: operations['AdminUsage_find'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/owners': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the owners, the newest first */
    get: operations['AdminOwners_list'];
    put?: never;
    /** Create an owner without users, for programs alone */
    post: operations['AdminOwners_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/owners/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** An owner */
    get: operations['AdminOwners_find'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/owners/{id}/disable': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Suspend all keys and users of an owner at once */
    post: operations['AdminOwners_disable'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/owners/{id}/enable': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Restore the keys and users of an owner */
    post: operations['AdminOwners_enable'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/users': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the users, the newest first
     * @description With `search` in the order of e-mails.
     */
    get: operations['AdminUsers_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/users/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A user, with the number of its active keys */
    get: operations['AdminUsers_find'];
    put?: never;
    post?: never;
    /**
     * Delete the personal data of a user, and end all its keys, permanently
     * @description The user stays disabled. The audit trail keeps its id.
     */
    delete: operations['AdminUsers_erase'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/users/{id}/disable': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Reject the tokens and keys of a user, and the tool keys it issued, until enabled again */
    post: operations['AdminUsers_disable'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/users/{id}/enable': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Restore what was disabled with a user; what was revoked stays revoked */
    post: operations['AdminUsers_enable'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/users/{id}/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * End all keys of a user permanently
     * @description All API keys that act as the user, and all tool keys that the user issued, with everything below them. Keys for programs stay: `?createdBy=` lists those that the user made.
     */
    delete: operations['AdminUsers_endKeys'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/audit-events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who did what, on the whole platform, the newest first; a page, or all as NDJSON */
    get: operations['AdminAudit_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/users/{id}/sign-out': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Sign a user out everywhere
     * @description Ends tokens issued until now, those of the current second included, and tool keys issued with them. API keys, and tool keys issued with those, stay valid: revoke them.
     */
    post: operations['AdminSignOuts_signOutUser'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/issuers/sign-out': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Sign out all users of an issuer
     * @description Ends tokens issued until now, those of the current second included, and tool keys issued with them. API keys, and tool keys issued with those, stay valid: revoke them. 404 for an issuer that is not configured and has no users.
     */
    post: operations['AdminSignOuts_signOutIssuer'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/self': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * End the key of this request permanently
     * @description For API keys and tool keys of every kind, also bounded ones and those without calls left. Tool keys issued with it end too.
     */
    delete: operations['OwnKey_revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/leaks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Report a key that was found where it should not be
     * @description No credential is needed: anyone who has the whole key may end it. The answer and its time are the same for every key, also for one that does not exist.
     */
    post: operations['LeakReports_report'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/sign-out': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Sign out everywhere: end all your tokens, including that of this request
     * @description Ends tokens issued until now, those of the current second included, and tool keys issued with them. API keys, and tool keys issued with those, stay valid: revoke them.
     */
    post: operations['SignOut_signOut'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/api-keys/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Verify a key, its scopes and its client address */
    post: operations['Verify_verify'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/explain': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Explain the response that a request with this key or token would get
     * @description For keys of your owner, your own personal key and your own tokens; with the role admin, for those of anyone. Nothing is charged.
     */
    post: operations['Explain_explain'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tool-keys/self': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The calling tool key: its task, scopes, and remaining time and calls */
    get: operations['OwnToolKey_self'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tool-keys/heartbeat': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Renew the lease of the calling tool key */
    post: operations['OwnToolKey_beat'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tool-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The tool keys of the owner, or of one of its tasks, the newest first */
    get: operations['ToolKeys_list'];
    put?: never;
    /**
     * Issue a short-lived key for one task of an agent
     * @description For users, bounded tokens and API keys with `tool-keys:issue`, and tool keys, which issue keys for their own task only.
     */
    post: operations['ToolKeys_issue'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tool-keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One tool key */
    get: operations['ToolKeys_find'];
    put?: never;
    post?: never;
    /** End a tool key and all keys issued below it permanently */
    delete: operations['ToolKeys_revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tool-keys/{id}/tree': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A tool key and all keys issued below it, issuers first */
    get: operations['ToolKeys_tree'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/tool-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The tool keys of all owners, the newest first */
    get: operations['AdminToolKeys_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/tool-keys/of-task': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** End all tool keys of a task of an owner at once */
    delete: operations['AdminToolKeys_endTask'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/admin/tool-keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** End any tool key and all keys issued below it permanently */
    delete: operations['AdminToolKeys_revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks/{taskId}/tool-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** End all tool keys of a task at once, and optionally restart its attempts */
    delete: operations['Tasks_end'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks/tool-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * The same for any task id
     * @description Clients and proxies change a path with an id such as `..` or `a/b`; they leave the query as it is.
     */
    delete: operations['Tasks_endNamed'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/token': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Exchange the key of the request for a short-lived JWT that another service verifies on its own
     * @description RFC 8693, as a form or as JSON. Errors also carry `error` and `error_description` (RFC 6749 §5.2).
     */
    post: operations['Token_exchange'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/auth/introspect': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ask whether a token of the exchange is still good
     * @description RFC 7662, as a form or as JSON. Any but a good token of your owner is `{ "active": false }`.
     */
    post: operations['Token_introspect'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description Every error has this shape. Programs switch on `code`. */
    Error: {
      /**
       * @example INVALID_API_KEY
       * @enum {string}
       */
      code:
        | 'MISSING_TOKEN'
        | 'INVALID_TOKEN'
        | 'EXPIRED_TOKEN'
        | 'INVALID_API_KEY'
        | 'INVALID_TOOL_KEY'
        | 'INVALID_CREDENTIAL'
        | 'USER_NOT_FOUND'
        | 'FORBIDDEN'
        | 'INSUFFICIENT_SCOPE'
        | 'AGENT_CONTEXT'
        | 'VALIDATION_FAILED'
        | 'WINDOW_TOO_LARGE'
        | 'NO_KEY'
        | 'NOT_FOUND'
        | 'REQUEST_TIMEOUT'
        | 'KEY_EXISTS'
        | 'KEY_ENDED'
        | 'USER_ERASED'
        | 'STALE_ATTEMPT'
        | 'TOO_MANY_KEYS'
        | 'NOT_NARROWABLE'
        | 'REQUEST_IN_PROGRESS'
        | 'IDEMPOTENCY_KEY_REUSED'
        | 'PAYLOAD_TOO_LARGE'
        | 'UNSUPPORTED_MEDIA_TYPE'
        | 'RATE_LIMITED'
        | 'BUDGET_EXCEEDED'
        | 'HEADERS_TOO_LARGE'
        | 'AUTH_NOT_CONFIGURED'
        | 'AUTH_UNAVAILABLE'
        | 'DB_UNAVAILABLE'
        | 'SHUTTING_DOWN'
        | 'INTERNAL_ERROR';
      message: string;
      requestId: string;
      details?: unknown;
      /** @description On the token route only: see RFC 6749 §5.2. */
      error?: string;
      error_description?: string;
    };
    Liveness: {
      /** @enum {string} */
      status: 'live';
    };
    Readiness: {
      /** @enum {string} */
      status: 'ready';
      checks: {
        database: components['schemas']['HealthCheck'];
        migrations: components['schemas']['HealthCheck'];
        /** @description The keys of the token issuers, if any is configured. */
        issuers?: components['schemas']['HealthCheck'];
      };
    };
    HealthCheck: {
      /** @enum {string} */
      status: 'ok' | 'degraded' | 'failed' | 'unknown';
      /** @description The problem, if there is one. */
      cause?: string;
    };
    AuthorizationServerMetadata: {
      issuer: string;
      token_endpoint: string;
      introspection_endpoint: string;
      jwks_uri: string;
      grant_types_supported: string[];
      response_types_supported: string[];
      token_endpoint_auth_methods_supported: string[];
      introspection_endpoint_auth_methods_supported: string[];
    };
    /** @description A JWK Set (RFC 7517 §5). */
    JwkSet: {
      keys: {
        [key: string]: unknown;
      }[];
    };
    AuthenticatedUser: {
      /** @description Null for service keys and tool keys. */
      userId: string | null;
      /** @description The tenant whose data this caller can see. */
      ownerId: string;
      email: string | null;
      source: components['schemas']['CredentialSource'];
      role: ('read_only' | 'write_agent' | 'admin') | null;
      scopes: string[];
      environment: ('live' | 'test') | null;
      actorChain: components['schemas']['ActorLink'][];
    };
    CredentialSource: {
      /** @enum {string} */
      type: 'jwt' | 'api_key' | 'tool_key' | 'custom';
      /** @description The client that a JWT was issued to. */
      clientId?: string;
      /**
       * Format: date-time
       * @description Of a JWT that is bounded by its scopes: when it expires.
       * @example 2030-01-31T12:00:00.000Z
       */
      boundedUntil?: string;
      /**
       * @description Of a JWT whose person the application gave less than all scopes.
       * @enum {boolean}
       */
      limited?: true;
      /**
       * @description Of a key that was made with a bounded token or key.
       * @enum {boolean}
       */
      bounded?: true;
      /** @description Of an API key or a tool key. */
      keyId?: string;
      /** @description Of a tool key. */
      taskId?: string;
      /** @description Of the task. */
      attempt?: number;
      /** @description For a custom credential. */
      name?: string;
      /** @description Of the user or program that it stands for. */
      id?: string;
    };
    /** @description One link of the actor chain. */
    ActorLink: {
      /** @enum {string} */
      type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
      id: string;
    };
    AuthStatus: {
      authenticated: boolean;
      user: components['schemas']['AuthenticatedUser'] | null;
    };
    Routes: {
      routes: components['schemas']['Route'][];
    };
    Route: {
      /** @example GET */
      method: string;
      /** @example /api/v1/api-keys/:id */
      path: string;
      /** @description A version that a header selects. */
      version: string | null;
      /** @description Callers that can hold what it requires. */
      admits: ('jwt' | 'personal_key' | 'service_key' | 'tool_key' | 'custom_person' | 'custom_program')[];
      admitsAnonymous: boolean;
      /** @description Bounded tokens and keys, if they hold the scopes. */
      admitsBounded: boolean;
      /** @description All of them are required. */
      scopes: string[];
      roles: string[];
    };
    PlatformStatus: {
      /** @description Null on SQLite, which has one process. */
      replicas: components['schemas']['ReplicasStatus'] | null;
      /** @description Null without an audit sink. */
      outbox: components['schemas']['OutboxStatus'] | null;
      issuers: components['schemas']['IssuerStatus'][];
    };
    ReplicasStatus: {
      /** @description Null if that is not known. */
      live: number | null;
      confirmed: number;
      missing: string[];
      /** @description How long it took until all had confirmed, or at most 2 s. */
      milliseconds: number;
      isFeedConnected: boolean;
      /** @description The round trip of the change feed. */
      lagSeconds: number | null;
    };
    OutboxStatus: {
      /** @description Events that wait for the audit sink. */
      events: number;
      oldestSeconds: number;
    };
    IssuerStatus: {
      issuer: string;
      audiences: string[];
      isPrimary: boolean;
      /** @description Whether its tokens can be verified now. */
      isReachable: boolean;
      /** @description Where its keys come from, without the query of a URL. */
      source: string;
      algorithms: string[];
      /** @description How many are loaded; null where code verifies its tokens. */
      keys: number | null;
      /** @description Of a remote source. */
      refreshedSecondsAgo: number | null;
      /** @description Why the last fetch failed. */
      failure: string | null;
      /** @description Null for keys that are not fetched, and before the first answer. */
      clockSkew: components['schemas']['ClockSkew'] | null;
    };
    ClockSkew: {
      /** @description By how much the clock of the server with its keys is fast; negative if it is slow. */
      seconds: number;
      /** @description How far off that may be, in seconds. */
      plusMinus: number;
    };
    /**
     * @example {
     *       "name": "my laptop"
     *     }
     */
    PersonalKeyRequest: {
      name?: string;
    };
    CreatedPersonalKey: {
      id: string;
      /** @description The whole key. It is shown this once and never again. Absent if an `Idempotency-Key` was repeated after the key had been used or had ended. */
      key?: string;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      name: string;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
    };
    PersonalKey: {
      id: string;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      name: string;
      lastUsedAt: string | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
    };
    RefreshedPersonalKey: {
      id: string;
      /** @description The whole key. It is shown this once and never again. Absent if an `Idempotency-Key` was repeated after the key had been used or had ended. */
      key?: string;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      name: string;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      previousKeyRevoked: boolean;
    };
    RevokedPersonalKey: {
      message: string;
      /** @example mk_live_4fzQ81Xa */
      revokedKeyPrefix: string;
      replicas?: components['schemas']['Receipt'];
    };
    Receipt: {
      /** @description Processes that serve requests; null if that is not known: on SQLite, where the response waits until others have noticed, with a key store of the application, and if the database did not answer or has just failed over. */
      live: number | null;
      /** @description Processes that have dropped it from their caches. */
      confirmed: number;
      /** @description The names of the others, which may accept it for up to 5 s more. */
      missing: string[];
    };
    AuditEvents: {
      events: components['schemas']['AuditEvent'][];
      /** @description Hand it back as `cursor` for the next page. */
      nextCursor: string | null;
    };
    AuditEvent: {
      id: string;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      time: string;
      /** @example created */
      type: string;
      subject: {
        type: string;
        id: string;
      };
      ownerId: string;
      actor: {
        type: string;
        chain: components['schemas']['ActorLink'][];
      };
      ip: string | null;
      userAgent: string | null;
      requestId: string | null;
      /** @description The trace of the request (W3C Trace Context). */
      traceparent: string | null;
      details: {
        [key: string]: unknown;
      } | null;
    };
    /**
     * @example {
     *       "name": "Laptop",
     *       "scopes": [
     *         "files:read"
     *       ]
     *     }
     */
    CreateAccessKeyRequest: {
      name: string;
      rateLimit?: components['schemas']['RateLimit'] | null;
      /** @description In the future; RFC 3339. By default in 90 days, or earlier if you cannot create a longer-lived key. `null` (never) only where the operator allows it. */
      expiresAt?: string | null;
      allowedIps?: string[] | null;
      metadata?: {
        [key: string]: unknown;
      } | null;
      scopes: string[];
      /**
       * @description By default `live`, or the one environment this service accepts.
       * @enum {string}
       */
      environment?: 'live' | 'test';
    };
    /** @description At most so many requests in a window that begins with its first request. */
    RateLimit: {
      limit: number;
      windowSeconds: number;
    };
    NewApiKey: {
      id: string;
      ownerId: string;
      /** @enum {string} */
      kind: 'personal' | 'access' | 'service';
      /** @description The user that a personal or access key acts as. */
      userId: string | null;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'expired' | 'revoked';
      name: string;
      role: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes: string[] | null;
      rateLimit: components['schemas']['RateLimit'] | null;
      expiresAt: string | null;
      allowedIps: string[] | null;
      metadata: {
        [key: string]: unknown;
      } | null;
      enabled: boolean;
      /** @enum {string} */
      environment: 'live' | 'test';
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description What an admin set on an access key. Its user cannot go beyond it. */
      imposed: {
        enabled: boolean;
        expiresAt: string | null;
        allowedIps: string[] | null;
        rateLimit: components['schemas']['RateLimit'] | null;
      } | null;
      /** @description The key that this one replaced. */
      replacesId: string | null;
      /** @description The key that replaced this one. */
      replacedById: string | null;
      /** @description Keys with the same one share one window of their limits. */
      lineageId: string;
      revokedAt: string | null;
      revokeReason: string | null;
      lastUsedAt: string | null;
      lastUsedIp: string | null;
      lastUsedUserAgent: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      previous: components['schemas']['PreviousKey'] | null;
      /** @description The whole key. It is shown this once and never again. Absent if an `Idempotency-Key` was repeated after the key had been used or had ended. */
      key?: string;
    };
    /** @description The key that this one replaced, as it is now. */
    PreviousKey: {
      id: string;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'expired' | 'revoked';
      lastUsedAt: string | null;
      expiresAt: string | null;
    };
    ApiKeys: {
      keys: components['schemas']['ListedApiKey'][];
      /** @description Hand it back as `cursor` for the next page. */
      nextCursor: string | null;
    };
    ListedApiKey: {
      id: string;
      ownerId: string;
      /** @enum {string} */
      kind: 'personal' | 'access' | 'service';
      /** @description The user that a personal or access key acts as. */
      userId: string | null;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'expired' | 'revoked';
      name: string;
      role: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes: string[] | null;
      rateLimit: components['schemas']['RateLimit'] | null;
      expiresAt: string | null;
      allowedIps: string[] | null;
      metadata: {
        [key: string]: unknown;
      } | null;
      enabled: boolean;
      /** @enum {string} */
      environment: 'live' | 'test';
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description What an admin set on an access key. Its user cannot go beyond it. */
      imposed: {
        enabled: boolean;
        expiresAt: string | null;
        allowedIps: string[] | null;
        rateLimit: components['schemas']['RateLimit'] | null;
      } | null;
      /** @description The key that this one replaced. */
      replacesId: string | null;
      /** @description The key that replaced this one. */
      replacedById: string | null;
      /** @description Keys with the same one share one window of their limits. */
      lineageId: string;
      revokedAt: string | null;
      revokeReason: string | null;
      lastUsedAt: string | null;
      lastUsedIp: string | null;
      lastUsedUserAgent: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      /**
       * @description `status` or, of an active key that is rejected because its user or its owner is disabled, which of them is.
       * @enum {string}
       */
      effectiveStatus: 'active' | 'disabled' | 'expired' | 'revoked' | 'user_disabled' | 'owner_disabled';
      /** @description Requests by outcome in the last 24 hours, the current one included. */
      usage24h: components['schemas']['OutcomeCounts'];
    };
    /**
     * @description Requests by outcome: `VALID`, `REVOKED`, `EXPIRED`, `RATE_LIMITED`, …
     * @example {
     *       "VALID": 118,
     *       "RATE_LIMITED": 2
     *     }
     */
    OutcomeCounts: {
      [key: string]: number;
    };
    ProposedAccessKey: {
      name: string | null;
      scopes: {
        scope: string;
        isPreselected: boolean;
        /** @description Why a person must select it, or cannot have it. */
        reason: ('WILDCARD' | 'RESERVED' | 'NOT_HELD') | null;
      }[];
      /**
       * Format: date-time
       * @description The preselected expiry.
       * @example 2030-01-31T12:00:00.000Z
       */
      expiresAt: string;
      /** @description The link asks for a key without expiry. */
      asksForNever: boolean;
      /** @description The body that creates the key with what is preselected. */
      request: {
        name?: string;
        scopes: string[];
        /**
         * Format: date-time
         * @example 2030-01-31T12:00:00.000Z
         */
        expiresAt: string;
      };
    };
    /**
     * @example {
     *       "enabled": false
     *     }
     */
    UpdateAccessKeyRequest: {
      name?: string;
      scopes?: string[];
      rateLimit?: components['schemas']['RateLimit'] | null;
      /** @description In the future; RFC 3339. */
      expiresAt?: string | null;
      allowedIps?: string[] | null;
      metadata?: {
        [key: string]: unknown;
      } | null;
      enabled?: boolean;
    };
    ApiKey: {
      id: string;
      ownerId: string;
      /** @enum {string} */
      kind: 'personal' | 'access' | 'service';
      /** @description The user that a personal or access key acts as. */
      userId: string | null;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'expired' | 'revoked';
      name: string;
      role: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes: string[] | null;
      rateLimit: components['schemas']['RateLimit'] | null;
      expiresAt: string | null;
      allowedIps: string[] | null;
      metadata: {
        [key: string]: unknown;
      } | null;
      enabled: boolean;
      /** @enum {string} */
      environment: 'live' | 'test';
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description What an admin set on an access key. Its user cannot go beyond it. */
      imposed: {
        enabled: boolean;
        expiresAt: string | null;
        allowedIps: string[] | null;
        rateLimit: components['schemas']['RateLimit'] | null;
      } | null;
      /** @description The key that this one replaced. */
      replacesId: string | null;
      /** @description The key that replaced this one. */
      replacedById: string | null;
      /** @description Keys with the same one share one window of their limits. */
      lineageId: string;
      revokedAt: string | null;
      revokeReason: string | null;
      lastUsedAt: string | null;
      lastUsedIp: string | null;
      lastUsedUserAgent: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
    };
    RotateKeyRequest: {
      /**
       * @description How long the old key keeps working.
       * @default 0
       */
      overlapSeconds: number;
    };
    /**
     * @example {
     *       "keep": [
     *         "reports:write"
     *       ]
     *     }
     */
    NarrowKeyRequest: {
      /** @description The scopes to leave it, each covered by one that it has; by default those that it has needed. */
      scopes?: string[];
      /** @description Scopes to leave it besides those that it has needed. */
      keep?: string[];
    };
    NarrowedApiKey: {
      id: string;
      ownerId: string;
      /** @enum {string} */
      kind: 'personal' | 'access' | 'service';
      /** @description The user that a personal or access key acts as. */
      userId: string | null;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'expired' | 'revoked';
      name: string;
      role: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes: string[] | null;
      rateLimit: components['schemas']['RateLimit'] | null;
      expiresAt: string | null;
      allowedIps: string[] | null;
      metadata: {
        [key: string]: unknown;
      } | null;
      enabled: boolean;
      /** @enum {string} */
      environment: 'live' | 'test';
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description What an admin set on an access key. Its user cannot go beyond it. */
      imposed: {
        enabled: boolean;
        expiresAt: string | null;
        allowedIps: string[] | null;
        rateLimit: components['schemas']['RateLimit'] | null;
      } | null;
      /** @description The key that this one replaced. */
      replacesId: string | null;
      /** @description The key that replaced this one. */
      replacedById: string | null;
      /** @description Keys with the same one share one window of their limits. */
      lineageId: string;
      revokedAt: string | null;
      revokeReason: string | null;
      lastUsedAt: string | null;
      lastUsedIp: string | null;
      lastUsedUserAgent: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      replicas?: components['schemas']['Receipt'];
    };
    RevokeKeyRequest: {
      reason?: string;
    };
    RevokedApiKey: {
      id: string;
      ownerId: string;
      /** @enum {string} */
      kind: 'personal' | 'access' | 'service';
      /** @description The user that a personal or access key acts as. */
      userId: string | null;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'expired' | 'revoked';
      name: string;
      role: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes: string[] | null;
      rateLimit: components['schemas']['RateLimit'] | null;
      expiresAt: string | null;
      allowedIps: string[] | null;
      metadata: {
        [key: string]: unknown;
      } | null;
      enabled: boolean;
      /** @enum {string} */
      environment: 'live' | 'test';
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description What an admin set on an access key. Its user cannot go beyond it. */
      imposed: {
        enabled: boolean;
        expiresAt: string | null;
        allowedIps: string[] | null;
        rateLimit: components['schemas']['RateLimit'] | null;
      } | null;
      /** @description The key that this one replaced. */
      replacesId: string | null;
      /** @description The key that replaced this one. */
      replacedById: string | null;
      /** @description Keys with the same one share one window of their limits. */
      lineageId: string;
      revokedAt: string | null;
      revokeReason: string | null;
      lastUsedAt: string | null;
      lastUsedIp: string | null;
      lastUsedUserAgent: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      replicas?: components['schemas']['Receipt'];
    };
    ApiKeyDetails: {
      id: string;
      ownerId: string;
      /** @enum {string} */
      kind: 'personal' | 'access' | 'service';
      /** @description The user that a personal or access key acts as. */
      userId: string | null;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'expired' | 'revoked';
      name: string;
      role: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes: string[] | null;
      rateLimit: components['schemas']['RateLimit'] | null;
      expiresAt: string | null;
      allowedIps: string[] | null;
      metadata: {
        [key: string]: unknown;
      } | null;
      enabled: boolean;
      /** @enum {string} */
      environment: 'live' | 'test';
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description What an admin set on an access key. Its user cannot go beyond it. */
      imposed: {
        enabled: boolean;
        expiresAt: string | null;
        allowedIps: string[] | null;
        rateLimit: components['schemas']['RateLimit'] | null;
      } | null;
      /** @description The key that this one replaced. */
      replacesId: string | null;
      /** @description The key that replaced this one. */
      replacedById: string | null;
      /** @description Keys with the same one share one window of their limits. */
      lineageId: string;
      revokedAt: string | null;
      revokeReason: string | null;
      lastUsedAt: string | null;
      lastUsedIp: string | null;
      lastUsedUserAgent: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      previous: components['schemas']['PreviousKey'] | null;
      /**
       * @description `status` or, of an active key that is rejected because its user or its owner is disabled, which of them is.
       * @enum {string}
       */
      effectiveStatus: 'active' | 'disabled' | 'expired' | 'revoked' | 'user_disabled' | 'owner_disabled';
      /** @description Requests by outcome in the last 24 hours, the current one included. */
      usage24h: components['schemas']['OutcomeCounts'];
      /** @description The scopes that the key, or the one it replaced, has needed in the last 90 days. */
      scopesUsed: components['schemas']['ScopeUsed'][];
      /** @description False if it has needed more than 64; the others are not kept. */
      scopesUsedComplete: boolean;
      /** @description When the first use was noted; null without any. */
      scopesUsedSince: string | null;
    };
    /** @description A scope that the key has needed, and when it last did, to the hour. */
    ScopeUsed: {
      scope: string;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      lastUsedAt: string;
    };
    KeyUsage: {
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      from: string;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      to: string;
      /** @enum {string} */
      bucket: 'hour' | 'day';
      total: components['schemas']['OutcomeCounts'];
      buckets: components['schemas']['UsageBucket'][];
    };
    /** @description An hour or a day in which a key was used. */
    UsageBucket: {
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      start: string;
      counts: components['schemas']['OutcomeCounts'];
    };
    /**
     * @example {
     *       "name": "CI",
     *       "scopes": [
     *         "files:read",
     *         "files:write"
     *       ]
     *     }
     */
    CreateServiceKeyRequest: {
      name: string;
      role?: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes?: string[] | null;
      rateLimit?: components['schemas']['RateLimit'] | null;
      /** @description In the future; RFC 3339. */
      expiresAt?: string | null;
      allowedIps?: string[] | null;
      metadata?: {
        [key: string]: unknown;
      } | null;
      enabled?: boolean;
      /**
       * @description By default `live`, or the one environment this service accepts.
       * @enum {string}
       */
      environment?: 'live' | 'test';
    };
    /**
     * @example {
     *       "enabled": false
     *     }
     */
    UpdateServiceKeyRequest: {
      name?: string;
      role?: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes?: string[] | null;
      rateLimit?: components['schemas']['RateLimit'] | null;
      /** @description In the future; RFC 3339. */
      expiresAt?: string | null;
      allowedIps?: string[] | null;
      metadata?: {
        [key: string]: unknown;
      } | null;
      enabled?: boolean;
    };
    Usage: {
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      from: string;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      to: string;
      /** @enum {string} */
      step: 'minute' | 'hour' | 'day';
      /** @enum {string} */
      groupBy: 'key' | 'outcome' | 'owner';
      total: components['schemas']['OutcomeCounts'];
      buckets: components['schemas']['UsageBucket'][];
      groups: components['schemas']['UsageGroup'][];
      others: components['schemas']['OtherUsageGroups'] | null;
    };
    UsageGroup: {
      /** @description The id of a key or owner, or an outcome; `tool_keys` for all tool keys. */
      id: string;
      /** @description Of the key or owner. */
      name: string | null;
      /** @description Of the key. */
      prefix: string | null;
      total: components['schemas']['OutcomeCounts'];
      buckets: components['schemas']['UsageBucket'][];
    };
    /** @description The sum of the groups that are not shown. For an owner, personal keys are among them. */
    OtherUsageGroups: {
      groups: number;
      total: components['schemas']['OutcomeCounts'];
    };
    /**
     * @example {
     *       "name": "ops",
     *       "role": "admin"
     *     }
     */
    CreateKeyForOwnerRequest: {
      name: string;
      role?: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes?: string[] | null;
      rateLimit?: components['schemas']['RateLimit'] | null;
      /** @description In the future; RFC 3339. */
      expiresAt?: string | null;
      allowedIps?: string[] | null;
      metadata?: {
        [key: string]: unknown;
      } | null;
      enabled?: boolean;
      /**
       * @description By default `live`, or the one environment this service accepts.
       * @enum {string}
       */
      environment?: 'live' | 'test';
      /**
       * Format: uuid
       * @description By default the platform’s owner.
       */
      ownerId?: string;
    };
    ApiKeysOfAllOwners: {
      keys: components['schemas']['ApiKeyOfAnyOwner'][];
      /** @description Hand it back as `cursor` for the next page. */
      nextCursor: string | null;
      total: number;
    };
    ApiKeyOfAnyOwner: {
      id: string;
      ownerId: string;
      /** @enum {string} */
      kind: 'personal' | 'access' | 'service';
      /** @description The user that a personal or access key acts as. */
      userId: string | null;
      /** @example mk_live_4fzQ81Xa */
      prefix: string;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'expired' | 'revoked';
      name: string;
      role: ('read_only' | 'write_agent' | 'admin') | null;
      /** @description In place of those of the role. */
      scopes: string[] | null;
      rateLimit: components['schemas']['RateLimit'] | null;
      expiresAt: string | null;
      allowedIps: string[] | null;
      metadata: {
        [key: string]: unknown;
      } | null;
      enabled: boolean;
      /** @enum {string} */
      environment: 'live' | 'test';
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description What an admin set on an access key. Its user cannot go beyond it. */
      imposed: {
        enabled: boolean;
        expiresAt: string | null;
        allowedIps: string[] | null;
        rateLimit: components['schemas']['RateLimit'] | null;
      } | null;
      /** @description The key that this one replaced. */
      replacesId: string | null;
      /** @description The key that replaced this one. */
      replacedById: string | null;
      /** @description Keys with the same one share one window of their limits. */
      lineageId: string;
      revokedAt: string | null;
      revokeReason: string | null;
      lastUsedAt: string | null;
      lastUsedIp: string | null;
      lastUsedUserAgent: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      /**
       * @description `status` or, of an active key that is rejected because its user or its owner is disabled, which of them is.
       * @enum {string}
       */
      effectiveStatus: 'active' | 'disabled' | 'expired' | 'revoked' | 'user_disabled' | 'owner_disabled';
      /** @description Requests by outcome in the last 24 hours, the current one included. */
      usage24h: components['schemas']['OutcomeCounts'];
      ownerName: string | null;
    };
    Owners: {
      owners: components['schemas']['Owner'][];
      total: number;
      /** @description Hand it back as `cursor` for the next page. */
      nextCursor: string | null;
    };
    Owner: {
      id: string;
      name: string;
      enabled: boolean;
      disabledAt: string | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
    };
    /**
     * @example {
     *       "name": "Build farm"
     *     }
     */
    CreateOwnerRequest: {
      name: string;
    };
    Users: {
      users: components['schemas']['User'][];
      /** @description How many match; null for more than 10,000. */
      total: number | null;
      /** @description Hand it back as `cursor` for the next page. */
      nextCursor: string | null;
    };
    User: {
      id: string;
      /** @description The owner created with the user. */
      ownerId: string;
      issuer: string;
      /** @description Null if erased. */
      subject: string | null;
      email: string | null;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'erased';
      disabledAt: string | null;
      erasedAt: string | null;
      /** @description Tokens that were issued before are rejected. */
      tokensValidFrom: string | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
    };
    UserDetails: {
      id: string;
      /** @description The owner created with the user. */
      ownerId: string;
      issuer: string;
      /** @description Null if erased. */
      subject: string | null;
      email: string | null;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'erased';
      disabledAt: string | null;
      erasedAt: string | null;
      /** @description Tokens that were issued before are rejected. */
      tokensValidFrom: string | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      /** @description API keys that act as the user. */
      apiKeys: number;
      /** @description Tool keys that the user issued, with those below. */
      toolKeys: number;
    };
    ChangedUser: {
      id: string;
      /** @description The owner created with the user. */
      ownerId: string;
      issuer: string;
      /** @description Null if erased. */
      subject: string | null;
      email: string | null;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'erased';
      disabledAt: string | null;
      erasedAt: string | null;
      /** @description Tokens that were issued before are rejected. */
      tokensValidFrom: string | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      replicas?: components['schemas']['Receipt'];
    };
    EndedKeys: {
      /** @description API keys that act as the user. */
      apiKeys: number;
      /** @description Tool keys that the user issued, with those below. */
      toolKeys: number;
      replicas?: components['schemas']['Receipt'];
    };
    ErasedUser: {
      id: string;
      /** @description The owner created with the user. */
      ownerId: string;
      issuer: string;
      /** @description Null if erased. */
      subject: string | null;
      email: string | null;
      /** @enum {string} */
      status: 'active' | 'disabled' | 'erased';
      disabledAt: string | null;
      erasedAt: string | null;
      /** @description Tokens that were issued before are rejected. */
      tokensValidFrom: string | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      /** @description API keys that act as the user. */
      apiKeys: number;
      /** @description Tool keys that the user issued, with those below. */
      toolKeys: number;
      replicas?: components['schemas']['Receipt'];
    };
    SignOut: {
      /**
       * Format: date-time
       * @description Tokens that were issued before are rejected.
       * @example 2030-01-31T12:00:00.000Z
       */
      tokensValidFrom: string;
      replicas?: components['schemas']['Receipt'];
    };
    /**
     * @example {
     *       "issuer": "https://login.example.com"
     *     }
     */
    IssuerSignOutRequest: {
      issuer: string;
    };
    RevokedOwnKey: {
      message: string;
      /** @example mk_live_4fzQ81Xa */
      revokedKeyPrefix: string;
      replicas?: components['schemas']['Receipt'];
    };
    /**
     * @example {
     *       "token": "mk_live_…",
     *       "url": "https://github.com/octo/notes/blob/main/.env"
     *     }
     */
    LeakReportRequest: {
      /** @description The whole key that was found. */
      token: string;
      /** @description Where it was found. It is not fetched. */
      url?: string;
    };
    AcceptedLeakReport: {
      message: string;
    };
    /**
     * @example {
     *       "key": "mk_live_…",
     *       "scopes": [
     *         "files:read"
     *       ],
     *       "ip": "203.0.113.9"
     *     }
     */
    VerifyKeyRequest: {
      /** @description An API key or a tool key. */
      key: string;
      /**
       * @description The key must hold all of them.
       * @default []
       */
      scopes: string[];
      /** @description The address the key was sent from. Required for a key with an address list. */
      ip?: string;
      /** @description The owner to act for: the `X-Owner-Id` that was sent with the key. */
      ownerId?: string;
      /**
       * @description False: nothing is counted or charged.
       * @default true
       */
      consume: boolean;
    };
    KeyVerdict: {
      valid: boolean;
      /** @enum {string} */
      code:
        | 'VALID'
        | 'MALFORMED'
        | 'CHECKSUM_FAILED'
        | 'NOT_FOUND'
        | 'REVOKED'
        | 'DISABLED'
        | 'EXPIRED'
        | 'OWNER_INACTIVE'
        | 'WRONG_ENVIRONMENT'
        | 'IP_NOT_ALLOWED'
        | 'INSUFFICIENT_SCOPE'
        | 'RATE_LIMITED'
        | 'BUDGET_EXCEEDED'
        | 'AGENT_CONTEXT'
        | 'CROSS_SITE'
        | 'NOT_A_MEMBER'
        | 'PARENT_REVOKED'
        | 'LEASE_LOST';
      /** @description The owner whose data the key can see; null for an invalid key. */
      ownerId: string | null;
      /** @description The API key; null if it does not exist or you cannot see it. */
      key: components['schemas']['ApiKey'] | null;
      /** @description The tool key; null if it does not exist or you cannot see it. */
      toolKey: components['schemas']['VerifiedToolKey'] | null;
      /** @description Who acts through the key; empty when it is unknown. */
      actorChain: components['schemas']['ActorLink'][];
      /** @description The required scopes that the key does not hold. */
      missing: string[];
      rateLimit: components['schemas']['RateLimitState'] | null;
    };
    VerifiedToolKey: {
      id: string;
      prefix: string;
      ownerId: string;
      taskId: string;
      attempt: number;
      depth: number;
      parentId: string | null;
      scopes: string[];
      environment: ('live' | 'test') | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      expiresAt: string;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
    };
    RateLimitState: {
      limit: number;
      windowSeconds: number;
      remaining: number;
      resetSeconds: number;
    };
    /**
     * @example {
     *       "keyId": "0197a3c2-5d1e-7b3a-9c4d-2f6e8a1b0c3d",
     *       "method": "GET",
     *       "path": "/api/v1/api-keys",
     *       "ip": "203.0.113.9"
     *     }
     */
    ExplainRequest: {
      /** @description A whole API key or tool key … */
      key?: string;
      /**
       * Format: uuid
       * @description … or the id of one …
       */
      keyId?: string;
      /** @description … or your own JWT. Exactly one of the three. */
      token?: string;
      /** @enum {string} */
      method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
      /** @description With its query string, where it has one. */
      path: string;
      /** @description The address of the client. A key with an address list is rejected without it. */
      ip?: string;
      /**
       * @description Whether the request sends `X-Agent-Context: 1`.
       * @default false
       */
      agentContext: boolean;
      /** @description The owner that the request names in `X-Owner-Id`. */
      ownerId?: string;
      /**
       * Format: date-time
       * @description Include rejections and events up to this time. The checks are always made as of now.
       */
      at?: string;
    };
    KeyExplanation: {
      /** @description Null for a token, and for a text that is not a key at all. */
      key: components['schemas']['ExplainedKey'] | null;
      result: components['schemas']['ExplainedResult'];
      /** @description In the order in which they run. */
      checks: components['schemas']['ExplainedCheck'][];
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      judgedAt: string;
      /** @description The latest rejections, sampled: one a minute for each reason. */
      refusals: components['schemas']['AuditEvent'][];
      /** @description The latest events of the key. */
      events: components['schemas']['AuditEvent'][];
      /** @description Where there are more of them. */
      eventsUrl: string | null;
    };
    ExplainedKey: {
      /** @enum {string} */
      type: 'api_key' | 'tool_key';
      id: string;
      prefix: string;
      name: string | null;
      ownerId: string;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      lastUsedAt: string | null;
      lastUsedIp: string | null;
    };
    /** @description The response that a request with this key would get now. */
    ExplainedResult: {
      /** @description Whether the request would reach its handler … */
      admitted: boolean;
      /** @description … and as which caller; null if no guard checks the credential. */
      as: ('key' | 'token' | 'anonymous') | null;
      /** @description Null if the request is allowed: its handler responds. */
      status: number | null;
      code: string | null;
      /** @description The result of verifying the key; null if no guard checks it. */
      outcome: string | null;
    };
    /** @description One check. The checks after the first failure are made too. */
    ExplainedCheck: {
      /** @example revoked */
      check: string;
      /** @enum {string} */
      outcome: 'pass' | 'fail' | 'skipped';
      /** @description The first that fails. */
      first: boolean;
      /** @description The facts behind the decision. */
      saw: {
        [key: string]: unknown;
      };
      message: string;
    };
    OwnToolKey: {
      id: string;
      /** @example tk_4fzQ81Xa */
      prefix: string;
      taskId: string;
      /** @description What the agent is known by. */
      name: string | null;
      attempt: number;
      /** @description 1 for a key that no tool key issued. */
      depth: number;
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description The tool key that issued it. */
      parentId: string | null;
      scopes: string[];
      environment: ('live' | 'test') | null;
      actorChain: components['schemas']['ActorLink'][];
      heartbeatSeconds: number | null;
      /** @description When it ends without a heartbeat. */
      leaseUntil: string | null;
      maxCalls: number | null;
      /** @description Null: no limit. */
      remainingCalls: number | null;
      /** @enum {string} */
      status: 'active' | 'ended';
      endedBecause:
        | (
            | 'VALID'
            | 'MALFORMED'
            | 'CHECKSUM_FAILED'
            | 'NOT_FOUND'
            | 'REVOKED'
            | 'DISABLED'
            | 'EXPIRED'
            | 'OWNER_INACTIVE'
            | 'WRONG_ENVIRONMENT'
            | 'IP_NOT_ALLOWED'
            | 'INSUFFICIENT_SCOPE'
            | 'RATE_LIMITED'
            | 'BUDGET_EXCEEDED'
            | 'AGENT_CONTEXT'
            | 'CROSS_SITE'
            | 'NOT_A_MEMBER'
            | 'PARENT_REVOKED'
            | 'LEASE_LOST'
          )
        | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      expiresAt: string;
      /** @description Also null for a key that ended with its task or a key above it. */
      endedAt: string | null;
      lastUsedAt: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      /** @description Until it ends without a heartbeat. */
      remainingSeconds: number;
    };
    Heartbeat: {
      /** @description Null: the key has no lease and needs no heartbeats. */
      leaseUntil: string | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      expiresAt: string;
    };
    /**
     * @example {
     *       "taskId": "task-42",
     *       "scopes": [
     *         "files:read"
     *       ],
     *       "ttlSeconds": 600,
     *       "heartbeatSeconds": 10
     *     }
     */
    ToolKeyRequest: {
      /** @description Your id of the task that the key is for. */
      taskId: string;
      /** @description What the agent is known by, such as `researcher`. */
      name?: string;
      /** @description A higher attempt than before, by 1,000 at most, ends all keys of the task. Default: the current attempt. */
      attempt?: number;
      /** @description Scopes of the issuer. Default: all scopes that it can pass on. */
      scopes?: string[];
      /** @description Seconds until the key expires, by default 900. If its issuer expires earlier, so does the key, and the answer has `shortened: true`. */
      ttlSeconds?: number;
      /** @description The key has a lease: it ends when it misses three heartbeats in a row. At least 5. */
      heartbeatSeconds?: number;
      /** @description Number of requests that the key can make, including those of its children. */
      maxCalls?: number;
    };
    IssuedToolKey: {
      id: string;
      /** @example tk_4fzQ81Xa */
      prefix: string;
      taskId: string;
      /** @description What the agent is known by. */
      name: string | null;
      attempt: number;
      /** @description 1 for a key that no tool key issued. */
      depth: number;
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description The tool key that issued it. */
      parentId: string | null;
      scopes: string[];
      environment: ('live' | 'test') | null;
      actorChain: components['schemas']['ActorLink'][];
      heartbeatSeconds: number | null;
      /** @description When it ends without a heartbeat. */
      leaseUntil: string | null;
      maxCalls: number | null;
      /** @description Of `maxCalls`, as far as they were counted. Null: no limit of its own. */
      remainingCalls: number | null;
      /** @enum {string} */
      status: 'active' | 'ended';
      endedBecause:
        | (
            | 'VALID'
            | 'MALFORMED'
            | 'CHECKSUM_FAILED'
            | 'NOT_FOUND'
            | 'REVOKED'
            | 'DISABLED'
            | 'EXPIRED'
            | 'OWNER_INACTIVE'
            | 'WRONG_ENVIRONMENT'
            | 'IP_NOT_ALLOWED'
            | 'INSUFFICIENT_SCOPE'
            | 'RATE_LIMITED'
            | 'BUDGET_EXCEEDED'
            | 'AGENT_CONTEXT'
            | 'CROSS_SITE'
            | 'NOT_A_MEMBER'
            | 'PARENT_REVOKED'
            | 'LEASE_LOST'
          )
        | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      expiresAt: string;
      /** @description Also null for a key that ended with its task or a key above it. */
      endedAt: string | null;
      lastUsedAt: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      /** @description The key expires with its issuer, before the requested or default `ttlSeconds`. */
      shortened: boolean;
      /** @description The whole key. It is shown this once and never again. Absent if an `Idempotency-Key` was repeated after the key had been used or had ended. */
      key?: string;
    };
    ToolKeys: {
      keys: components['schemas']['ToolKey'][];
      /** @description Hand it back as `cursor` for the next page. */
      nextCursor: string | null;
    };
    ToolKey: {
      id: string;
      /** @example tk_4fzQ81Xa */
      prefix: string;
      taskId: string;
      /** @description What the agent is known by. */
      name: string | null;
      attempt: number;
      /** @description 1 for a key that no tool key issued. */
      depth: number;
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description The tool key that issued it. */
      parentId: string | null;
      scopes: string[];
      environment: ('live' | 'test') | null;
      actorChain: components['schemas']['ActorLink'][];
      heartbeatSeconds: number | null;
      /** @description When it ends without a heartbeat. */
      leaseUntil: string | null;
      maxCalls: number | null;
      /** @description Of `maxCalls`, as far as they were counted. Null: no limit of its own. */
      remainingCalls: number | null;
      /** @enum {string} */
      status: 'active' | 'ended';
      endedBecause:
        | (
            | 'VALID'
            | 'MALFORMED'
            | 'CHECKSUM_FAILED'
            | 'NOT_FOUND'
            | 'REVOKED'
            | 'DISABLED'
            | 'EXPIRED'
            | 'OWNER_INACTIVE'
            | 'WRONG_ENVIRONMENT'
            | 'IP_NOT_ALLOWED'
            | 'INSUFFICIENT_SCOPE'
            | 'RATE_LIMITED'
            | 'BUDGET_EXCEEDED'
            | 'AGENT_CONTEXT'
            | 'CROSS_SITE'
            | 'NOT_A_MEMBER'
            | 'PARENT_REVOKED'
            | 'LEASE_LOST'
          )
        | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      expiresAt: string;
      /** @description Also null for a key that ended with its task or a key above it. */
      endedAt: string | null;
      lastUsedAt: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
    };
    RevokedToolKey: {
      id: string;
      /** @example tk_4fzQ81Xa */
      prefix: string;
      taskId: string;
      /** @description What the agent is known by. */
      name: string | null;
      attempt: number;
      /** @description 1 for a key that no tool key issued. */
      depth: number;
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description The tool key that issued it. */
      parentId: string | null;
      scopes: string[];
      environment: ('live' | 'test') | null;
      actorChain: components['schemas']['ActorLink'][];
      heartbeatSeconds: number | null;
      /** @description When it ends without a heartbeat. */
      leaseUntil: string | null;
      maxCalls: number | null;
      /** @description Of `maxCalls`, as far as they were counted. Null: no limit of its own. */
      remainingCalls: number | null;
      /** @enum {string} */
      status: 'active' | 'ended';
      endedBecause:
        | (
            | 'VALID'
            | 'MALFORMED'
            | 'CHECKSUM_FAILED'
            | 'NOT_FOUND'
            | 'REVOKED'
            | 'DISABLED'
            | 'EXPIRED'
            | 'OWNER_INACTIVE'
            | 'WRONG_ENVIRONMENT'
            | 'IP_NOT_ALLOWED'
            | 'INSUFFICIENT_SCOPE'
            | 'RATE_LIMITED'
            | 'BUDGET_EXCEEDED'
            | 'AGENT_CONTEXT'
            | 'CROSS_SITE'
            | 'NOT_A_MEMBER'
            | 'PARENT_REVOKED'
            | 'LEASE_LOST'
          )
        | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      expiresAt: string;
      /** @description Also null for a key that ended with its task or a key above it. */
      endedAt: string | null;
      lastUsedAt: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      replicas?: components['schemas']['Receipt'];
    };
    ToolKeysOfAllOwners: {
      keys: components['schemas']['ToolKeyOfAnyOwner'][];
      /** @description Hand it back as `cursor` for the next page. */
      nextCursor: string | null;
    };
    ToolKeyOfAnyOwner: {
      id: string;
      /** @example tk_4fzQ81Xa */
      prefix: string;
      taskId: string;
      /** @description What the agent is known by. */
      name: string | null;
      attempt: number;
      /** @description 1 for a key that no tool key issued. */
      depth: number;
      /** @description Made with a bounded token or key: only for routes that declare a scope. */
      bounded: boolean;
      /** @description The tool key that issued it. */
      parentId: string | null;
      scopes: string[];
      environment: ('live' | 'test') | null;
      actorChain: components['schemas']['ActorLink'][];
      heartbeatSeconds: number | null;
      /** @description When it ends without a heartbeat. */
      leaseUntil: string | null;
      maxCalls: number | null;
      /** @description Of `maxCalls`, as far as they were counted. Null: no limit of its own. */
      remainingCalls: number | null;
      /** @enum {string} */
      status: 'active' | 'ended';
      endedBecause:
        | (
            | 'VALID'
            | 'MALFORMED'
            | 'CHECKSUM_FAILED'
            | 'NOT_FOUND'
            | 'REVOKED'
            | 'DISABLED'
            | 'EXPIRED'
            | 'OWNER_INACTIVE'
            | 'WRONG_ENVIRONMENT'
            | 'IP_NOT_ALLOWED'
            | 'INSUFFICIENT_SCOPE'
            | 'RATE_LIMITED'
            | 'BUDGET_EXCEEDED'
            | 'AGENT_CONTEXT'
            | 'CROSS_SITE'
            | 'NOT_A_MEMBER'
            | 'PARENT_REVOKED'
            | 'LEASE_LOST'
          )
        | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      expiresAt: string;
      /** @description Also null for a key that ended with its task or a key above it. */
      endedAt: string | null;
      lastUsedAt: string | null;
      /** @description Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored. */
      createdBy: {
        /** @enum {string} */
        type: 'user' | 'client' | 'actor' | 'api_key' | 'tool_key' | 'custom';
        id: string;
      } | null;
      /**
       * Format: date-time
       * @example 2030-01-31T12:00:00.000Z
       */
      createdAt: string;
      ownerId: string;
    };
    EndedTask: {
      taskId: string;
      attempt: number;
      /** @description Number of active keys that were ended. */
      ended: number;
      replicas?: components['schemas']['Receipt'];
    };
    TokenRequest: {
      /** @description `urn:ietf:params:oauth:grant-type:token-exchange`, or `client_credentials` for a service key. Required in a form, optional in JSON. */
      grant_type?: string;
      /** @description The one service that accepts the token. Required, as `audience` or `resource`. */
      audience?: string;
      /** @description Another name for `audience` (RFC 8707). */
      resource?: string;
      /** @description Scopes of the key, separated by spaces; by default all of them. */
      scope?: string;
      /** @description How many seconds the token is valid: 60 to 900, by default 300; never longer than the key. */
      ttlSeconds?: number | string;
      /** @description Another name for `ttlSeconds`. */
      expires_in?: number | string;
      /** @enum {string} */
      requested_token_type?:
        'urn:ietf:params:oauth:token-type:jwt' | 'urn:ietf:params:oauth:token-type:access_token';
      /** @description For standard clients: the same key as in the header. */
      subject_token?: string;
      /** @enum {string} */
      subject_token_type?: 'urn:ietf:params:oauth:token-type:access_token';
      /** @description For standard clients; ignored. */
      client_id?: string;
    };
    ExchangedToken: {
      /** @description The JWT (RFC 9068), signed by the built-in issuer. */
      access_token: string;
      /** @enum {string} */
      issued_token_type: 'urn:ietf:params:oauth:token-type:jwt';
      /** @enum {string} */
      token_type: 'Bearer';
      /** @description Seconds. */
      expires_in: number;
      /** @description The scopes of the token. */
      scope: string;
    };
    IntrospectionRequest: {
      token: string;
      /** @description Ignored. */
      token_type_hint?: string;
      /** @description For standard clients; ignored. */
      client_id?: string;
    };
    IntrospectedToken: {
      active: boolean;
      /** @enum {string} */
      token_type?: 'Bearer';
      iss?: string;
      aud?: string;
      sub?: string;
      /** @description The id of the key. */
      client_id?: string;
      scope?: string;
      /** @description The actors, the current one outermost. */
      act?: {
        [key: string]: unknown;
      };
      jti?: string;
      iat?: number;
      exp?: number;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  ForwardAuth_check: {
    parameters: {
      query?: {
        scopes?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Allowed. The headers X-Gatehouse-Owner, -User, -Key and -Scopes describe the caller. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Health_live: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Liveness'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Health_ready: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Readiness'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Jwks_metadata: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuthorizationServerMetadata'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Jwks_jwks: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JwkSet'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Identity_me: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuthenticatedUser'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Identity_status: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuthStatus'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Routes_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Routes'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Status_read: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PlatformStatus'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  PersonalKeys_find: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PersonalKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  PersonalKeys_create: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['PersonalKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedPersonalKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  PersonalKeys_revoke: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RevokedPersonalKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  PersonalKeys_refresh: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['PersonalKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RefreshedPersonalKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  PersonalKeys_events: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditEvents'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        environment?: 'live' | 'test';
        status?: 'active' | 'disabled' | 'expired' | 'revoked';
        /** @description Only what this user, key or program made: an `id` of `createdBy`. */
        createdBy?: string;
        /** @description Keys whose name contains it, or whose prefix begins with it, in any case of the letters A to Z. */
        search?: string;
        /** @description Keys that expire before this time, or have expired. */
        expiresBefore?: string;
        /** @description Keys that were neither used, created nor enabled after this time. */
        unusedSince?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeys'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_create: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateAccessKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_propose: {
    parameters: {
      query?: {
        name?: string;
        /** @description Separated by commas. */
        scopes?: string;
        /** @description Days as `90d`, a moment (RFC 3339), or `never`. */
        expires?: string | 'never';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProposedAccessKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeyDetails'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_revoke: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RevokeKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RevokedApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_update: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateAccessKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_rotate: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RotateKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_narrow: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['NarrowKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NarrowedApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_events: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditEvents'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AccessKeys_usage: {
    parameters: {
      query?: {
        /** @description RFC 3339; by default 7 days before `to`. The whole hour is counted. */
        from?: string;
        /** @description RFC 3339; by default now. The whole hour is counted. */
        to?: string;
        /** @description An hour, or a day in UTC. */
        bucket?: 'hour' | 'day';
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyUsage'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  MemberKeys_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        environment?: 'live' | 'test';
        status?: 'active' | 'disabled' | 'expired' | 'revoked';
        /** @description Only what this user, key or program made: an `id` of `createdBy`. */
        createdBy?: string;
        /** @description Keys whose name contains it, or whose prefix begins with it, in any case of the letters A to Z. */
        search?: string;
        /** @description Keys that expire before this time, or have expired. */
        expiresBefore?: string;
        /** @description Keys that were neither used, created nor enabled after this time. */
        unusedSince?: string;
        userId?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeys'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  MemberKeys_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeyDetails'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  MemberKeys_revoke: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RevokeKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RevokedApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  MemberKeys_events: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditEvents'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  MemberKeys_usage: {
    parameters: {
      query?: {
        /** @description RFC 3339; by default 7 days before `to`. The whole hour is counted. */
        from?: string;
        /** @description RFC 3339; by default now. The whole hour is counted. */
        to?: string;
        /** @description An hour, or a day in UTC. */
        bucket?: 'hour' | 'day';
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyUsage'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ServiceKeys_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        environment?: 'live' | 'test';
        status?: 'active' | 'disabled' | 'expired' | 'revoked';
        /** @description Only what this user, key or program made: an `id` of `createdBy`. */
        createdBy?: string;
        /** @description Keys whose name contains it, or whose prefix begins with it, in any case of the letters A to Z. */
        search?: string;
        /** @description Keys that expire before this time, or have expired. */
        expiresBefore?: string;
        /** @description Keys that were neither used, created nor enabled after this time. */
        unusedSince?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeys'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ServiceKeys_create: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateServiceKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ServiceKeys_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeyDetails'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ServiceKeys_revoke: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RevokeKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RevokedApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ServiceKeys_update: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateServiceKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ServiceKeys_rotate: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RotateKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ServiceKeys_narrow: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['NarrowKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NarrowedApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ServiceKeys_events: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditEvents'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ServiceKeys_usage: {
    parameters: {
      query?: {
        /** @description RFC 3339; by default 7 days before `to`. The whole hour is counted. */
        from?: string;
        /** @description RFC 3339; by default now. The whole hour is counted. */
        to?: string;
        /** @description An hour, or a day in UTC. */
        bucket?: 'hour' | 'day';
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyUsage'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Usage_find: {
    parameters: {
      query?: {
        /** @description RFC 3339; by default 7 days before `to`. The whole hour is counted. */
        from?: string;
        /** @description RFC 3339; by default now. The whole hour is counted. */
        to?: string;
        /** @description An hour, a day in UTC, or a minute: of the last 3 hours, at most 2 of them, by default the last, and only by outcome. */
        step?: 'minute' | 'hour' | 'day';
        groupBy?: 'key' | 'outcome' | 'owner';
        /** @description Only these keys, with `groupBy=key`: up to 50 ids, separated by commas. */
        keyIds?: string;
        /** @description How many groups to show: those with the most requests. */
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Usage'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminKeys_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        environment?: 'live' | 'test';
        status?: 'active' | 'disabled' | 'expired' | 'revoked';
        /** @description Only what this user, key or program made: an `id` of `createdBy`. */
        createdBy?: string;
        /** @description Keys whose name contains it, or whose prefix begins with it, in any case of the letters A to Z. */
        search?: string;
        /** @description Keys that expire before this time, or have expired. */
        expiresBefore?: string;
        /** @description Keys that were neither used, created nor enabled after this time. */
        unusedSince?: string;
        ownerId?: string;
        kind?: 'personal' | 'access' | 'service';
        /** @description Only keys that act as this user. */
        userId?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeysOfAllOwners'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminKeys_create: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateKeyForOwnerRequest'];
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminKeys_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeyDetails'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminKeys_revoke: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RevokeKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RevokedApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminKeys_update: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateServiceKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminKeys_rotate: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RotateKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminKeys_narrow: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['NarrowKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NarrowedApiKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminKeys_events: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditEvents'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminKeys_usage: {
    parameters: {
      query?: {
        /** @description RFC 3339; by default 7 days before `to`. The whole hour is counted. */
        from?: string;
        /** @description RFC 3339; by default now. The whole hour is counted. */
        to?: string;
        /** @description An hour, or a day in UTC. */
        bucket?: 'hour' | 'day';
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyUsage'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminUsage_find: {
    parameters: {
      query?: {
        /** @description RFC 3339; by default 7 days before `to`. The whole hour is counted. */
        from?: string;
        /** @description RFC 3339; by default now. The whole hour is counted. */
        to?: string;
        /** @description An hour, a day in UTC, or a minute: of the last 3 hours, at most 2 of them, by default the last, and only by outcome. */
        step?: 'minute' | 'hour' | 'day';
        groupBy?: 'key' | 'outcome' | 'owner';
        /** @description Only these keys, with `groupBy=key`: up to 50 ids, separated by commas. */
        keyIds?: string;
        /** @description How many groups to show: those with the most requests. */
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Usage'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminOwners_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Owners'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminOwners_create: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateOwnerRequest'];
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Owner'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminOwners_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Owner'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminOwners_disable: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Owner'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminOwners_enable: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Owner'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminUsers_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        /** @description How the e-mail begins, in lower or upper case. */
        search?: string;
        status?: 'active' | 'disabled' | 'erased';
        ownerId?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Users'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminUsers_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['UserDetails'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminUsers_erase: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErasedUser'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminUsers_disable: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedUser'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminUsers_enable: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedUser'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminUsers_endKeys: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RevokeKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EndedKeys'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminAudit_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        ownerId?: string;
        userId?: string;
        subjectId?: string;
        /** @description Only what this user, key or program did, or had done by agents. */
        actor?: string;
        type?:
          | 'created'
          | 'used'
          | 'refused'
          | 'refreshed'
          | 'rotated'
          | 'updated'
          | 'narrowed'
          | 'enabled'
          | 'disabled'
          | 'revoked'
          | 'expired'
          | 'expiring'
          | 'unused'
          | 'imported'
          | 'issued'
          | 'lease_lost'
          | 'exchanged'
          | 'signed_out'
          | 'erased'
          | 'leaked'
          | 'called';
        /** @description Only what this request did: an `X-Request-Id`. */
        requestId?: string;
        /** @description RFC 3339; events at or after it. */
        from?: string;
        /** @description RFC 3339; events before it. */
        to?: string;
        /** @description ndjson: all of them, streamed, one a line. */
        format?: 'json' | 'ndjson';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditEvents'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminSignOuts_signOutUser: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SignOut'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminSignOuts_signOutIssuer: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['IssuerSignOutRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SignOut'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  OwnKey_revoke: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RevokedOwnKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  LeakReports_report: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['LeakReportRequest'];
      };
    };
    responses: {
      /** @description Done. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AcceptedLeakReport'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  SignOut_signOut: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SignOut'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Verify_verify: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['VerifyKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyVerdict'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Explain_explain: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ExplainRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyExplanation'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  OwnToolKey_self: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OwnToolKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  OwnToolKey_beat: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Heartbeat'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ToolKeys_list: {
    parameters: {
      query?: {
        taskId?: string;
        /** @description Only what this user, key or program made: an `id` of `createdBy`. */
        createdBy?: string;
        /** @description `true`: only keys that were not ended and have not expired themselves; what is above them may have. See `status`. */
        current?: 'true' | 'false';
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ToolKeys'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ToolKeys_issue: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request repeatable for 24 hours, by this credential. A retry creates nothing: while the key is unused it gets a new secret under the same id, and the answer shows it; afterwards the answer has no `key`. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ToolKeyRequest'];
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['IssuedToolKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ToolKeys_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ToolKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ToolKeys_revoke: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RevokedToolKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  ToolKeys_tree: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ToolKeys'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminToolKeys_list: {
    parameters: {
      query?: {
        taskId?: string;
        /** @description Only what this user, key or program made: an `id` of `createdBy`. */
        createdBy?: string;
        /** @description `true`: only keys that were not ended and have not expired themselves; what is above them may have. See `status`. */
        current?: 'true' | 'false';
        limit?: number;
        cursor?: string;
        ownerId?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ToolKeysOfAllOwners'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminToolKeys_endTask: {
    parameters: {
      query: {
        /** @description `true`: attempts begin at 1 again, after one that was too high. Stop your orchestrators first. */
        restart?: 'true' | 'false';
        taskId: string;
        ownerId: string;
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EndedTask'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  AdminToolKeys_revoke: {
    parameters: {
      query?: {
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RevokedToolKey'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Tasks_end: {
    parameters: {
      query?: {
        /** @description `true`: attempts begin at 1 again, after one that was too high. Stop your orchestrators first. */
        restart?: 'true' | 'false';
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EndedTask'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Tasks_endNamed: {
    parameters: {
      query: {
        /** @description `true`: attempts begin at 1 again, after one that was too high. Stop your orchestrators first. */
        restart?: 'true' | 'false';
        taskId: string;
        /** @description Respond once every process has dropped the key, or after 2 s with the processes that have not. */
        wait?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EndedTask'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Token_exchange: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TokenRequest'];
        'application/x-www-form-urlencoded': components['schemas']['TokenRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ExchangedToken'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  Token_introspect: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['IntrospectionRequest'];
        'application/x-www-form-urlencoded': components['schemas']['IntrospectionRequest'];
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['IntrospectedToken'];
        };
      };
      /** @description Rejected. */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
}
