/** Why a provider's answer is not believed, or cannot be had. For the log: it has no code, token or claim. */
export class LoginFailure extends Error {
  /** Whether it was the provider that did not answer, so that another try may help. */
  readonly isOutage: boolean;
  /** Whether the provider, or the person, has refused the login. */
  readonly isRefused: boolean;

  /** @param message Completes "Cannot log in with …: ". */
  constructor(message: string, { isOutage = false, isRefused = false } = {}) {
    super(message);
    this.isOutage = isOutage;
    this.isRefused = isRefused;
  }
}
