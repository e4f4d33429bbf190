import { Inject, Injectable } from '@nestjs/common';
import { KeyUsage } from '../../usage/key-usage.js';
import { authModuleOptions } from '../auth.module-definition.js';
import type { AuthModuleOptions } from '../auth.options.js';
import { CredentialReader } from '../credentials/credential-reader.js';
import { OwnerChoice } from '../owners/owner-choice.js';
import type { Attempt } from './attempt.js';
import { CredentialVerification } from './credential-verification.js';
import { KeyCharges } from './key-charges.js';

export type Rejection = Error | undefined;

/** Decides one thing and adds what it found out to the attempt. Returns the rejection, if any. */
export type Step = (attempt: Attempt, services: StepServices) => Rejection | Promise<Rejection>;

/** The services that steps use. */
@Injectable()
export class StepServices {
  constructor(
    readonly reader: CredentialReader,
    readonly verification: CredentialVerification,
    readonly owners: OwnerChoice,
    readonly charges: KeyCharges,
    readonly usage: KeyUsage,
    @Inject(authModuleOptions) readonly options: AuthModuleOptions,
  ) {}
}

/** Runs steps up to the first rejection; at once unless a step has to wait. */
export function runSteps(
  steps: readonly Step[],
  attempt: Attempt,
  services: StepServices,
  from = 0,
): Rejection | Promise<Rejection> {
  for (let index = from; index < steps.length; index += 1) {
    const rejection = (steps[index] as Step)(attempt, services);
    if (rejection === undefined) continue;
    return rejection instanceof Promise ? goOn(rejection, steps, attempt, services, index + 1) : rejection;
  }
  return undefined;
}

// A closure in the loop would cost every request one allocation for each step.
async function goOn(
  waiting: Promise<Rejection>,
  steps: readonly Step[],
  attempt: Attempt,
  services: StepServices,
  next: number,
): Promise<Rejection> {
  return (await waiting) ?? runSteps(steps, attempt, services, next);
}
