/** Token of the options of `AuditModule`. */
export const auditModuleOptions = Symbol('AuditModuleOptions');
