/** What can go wrong, with a code for programs and one line for people. */

/**
 * A failure of the web client.
 *
 * `code` is one of: `offline` (no answer), `unavailable` (an error of the server), `no-release`,
 * `not-found`, `withdrawn`, `bad-release`, `bad-manifest`, `unsigned`, `wrong-signature`,
 * `no-ed25519`, `insecure-page`, `wrong-size`, `wrong-digest`, `bad-model`, `other-rule`,
 * `not-ready`, `bad-label`, `no-canvas`, `no-player`, `nowhere-to-send`, `too-large`, `refused`,
 * `rejected` (the service takes this correction neither now nor later).
 */
export class RedrawError extends Error {
  /**
   * @param {string} code for programs.
   * @param {string} message one line that says what is wrong and what to do.
   * @param {{cause?: unknown, retryAfter?: number}} [more] the error behind it; the seconds after
   *   which the server wants to be asked again.
   */
  constructor(code, message, { cause, retryAfter } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "RedrawError";
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
