/** Call a function again and again, but not while the page is hidden. */

const MOST_SECONDS = 600;
const SPREAD = 0.1; // so that many clients which began together do not ask together

/**
 * Ask now, then every so often.
 *
 * After a failure the pause doubles, up to ten minutes. A page that is hidden does not ask; when it
 * is shown again, or the device is online again, it asks at once if it is time to.
 */
export class Polling {
  #ask;
  #seconds;
  #failures = 0;
  #due = 0;
  #pause = 0; // milliseconds, between the last question and when the next one is due
  #timer = null;
  #asking = false;
  #page = globalThis.document;
  #wake = () => this.#askIfDue();
  #online = () => {
    this.#due = 0;
    this.#askIfDue();
  };

  /**
   * @param {() => Promise<{failed: boolean, retryAfter?: number}>} ask never rejects.
   * @param {number} seconds between two questions.
   */
  constructor(ask, seconds) {
    this.#ask = ask;
    this.#seconds = seconds;
    this.#page?.addEventListener("visibilitychange", this.#wake);
    globalThis.addEventListener?.("online", this.#online);
    this.#askIfDue();
  }

  /** Ask no more. */
  stop() {
    this.#due = Infinity;
    clearTimeout(this.#timer);
    this.#page?.removeEventListener("visibilitychange", this.#wake);
    globalThis.removeEventListener?.("online", this.#online);
  }

  async #askIfDue() {
    if (this.#asking || this.#page?.hidden || this.#due === Infinity) return;
    clearTimeout(this.#timer);
    const early = this.#due - Date.now();
    // Timers leave out fractions of milliseconds, so one may come too early. If it is much too early,
    // the clock was set back meanwhile.
    if (early > 0 && early <= this.#pause) {
      this.#wakeIn(early);
      return;
    }
    this.#asking = true;
    const { failed, retryAfter = 0 } = await this.#ask();
    this.#asking = false;
    if (this.#due === Infinity) return; // stopped meanwhile
    this.#failures = failed ? this.#failures + 1 : 0;
    const pause = Math.min(this.#seconds * 2 ** this.#failures, Math.max(MOST_SECONDS, this.#seconds));
    const spread = 1 + SPREAD * (2 * Math.random() - 1);
    this.#pause = Math.max(pause * spread, retryAfter) * 1000;
    this.#due = Date.now() + this.#pause;
    this.#wakeIn(this.#pause);
  }

  #wakeIn(milliseconds) {
    this.#timer = setTimeout(this.#wake, Math.ceil(milliseconds));
    this.#timer.unref?.(); // in Node a timer must not keep the process running
  }
}
