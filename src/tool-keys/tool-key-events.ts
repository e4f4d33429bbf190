import { type AuditEntry, subjectOf, subjectOfPrincipal } from '../audit/audit-event.js';
import type { AuditEventType } from '../audit/audit-event.entity.js';
import type { Task } from '../key-store/tool-key.entity.js';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable, throwError } from 'rxjs';
import { currentUser } from '../auth/decision/request-attempts.js';
import { requestOriginOf } from '../auth/credentials/request-origin-of.js';
import { requestOf } from '../http/http-request.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { RejectionRecorder } from '../usage/sampled-events.js';
import { toolKeyRequest } from './tool-key.schemas.js';

/** The event concerns all keys of the task. */
export function eventOfTask(type: AuditEventType, task: Task, details: object): AuditEntry {
  const { taskId, attempt } = task;
  return { type, ...subjectOf('task', task), details: { taskId, attempt, ...details } };
}

/** Records rejected requests for a tool key, one event for each kind, about the calling key or user. */
@Injectable()
export class IssueRejections implements NestInterceptor {
  constructor(private readonly recorder: RejectionRecorder) {}

  /** For bodies that are rejected before the service is called. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        const request = requestOf(context);
        const user = currentUser(request);
        if (user !== undefined && isInvalid(error)) this.write(user, error, requestOriginOf(request));
        return throwError(() => error);
      }),
    );
  }

  note(user: AuthenticatedUser, error: unknown, origin: RequestOrigin | null): void {
    if (error instanceof AuthError && error.getStatus() < 500 && !isInvalid(error))
      this.write(user, error, origin);
  }

  private write(user: AuthenticatedUser, error: AuthError, origin: RequestOrigin | null): void {
    const { details } = error.getResponse() as { details?: unknown };
    const kind = kindOf(details);
    this.recorder.note({
      subject: subjectOfPrincipal(user),
      reason: error.code,
      kind,
      actor: { user, origin },
      details: { refused: 'issue', about: kind, ...shownDetails(details) },
    });
  }
}

function isInvalid(error: unknown): error is AuthError {
  return error instanceof AuthError && error.code === 'VALIDATION_FAILED';
}

const fields: readonly string[] = Object.keys(toolKeyRequest.shape);

/** The first invalid field. The number of kinds is bounded, whatever a caller sends. */
function kindOf(details: unknown): string {
  const [first]: { path?: unknown }[] = [details ?? {}].flat() as object[];
  const path = String(first?.path ?? '').split('.')[0] ?? '';
  return fields.includes(path) || path === 'depth' ? path : 'request';
}

/** The details that the caller got, shortened: they can contain text of the caller. */
function shownDetails(details: unknown): { details?: string } {
  return details === undefined ? {} : { details: JSON.stringify(details).slice(0, 500) };
}
