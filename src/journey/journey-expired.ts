import { Failure } from '../base/failure.ts';

/** The visit has ended by itself; what is left is the way back. */
export class JourneyExpired extends Failure {
  readonly leaveUrl: string | null;

  constructor(leaveUrl: string | null) {
    super('journey_expired');
    this.leaveUrl = leaveUrl;
  }
}
