/** Ask what became of the drawings that were answered here, and which run is under way. */

const RUN_SECONDS = 2; // between two questions while a run is under way
const OPEN_SECONDS = 15; // while drawings wait
const MOST_SECONDS = 60; // after failures
const MOST_IDS = 12; // that one question may be about

/** Asks when it is woken, and again and again while the page is shown and a run may change something. */
export class News {
  #listIds;
  #isWaiting;
  #tell;
  #timer = null;
  #asking = false;
  #failures = 0;
  #patience = 0; // questions that are asked in any case, as a run was just requested

  /**
   * @param {() => string[]} listIds of drawings whose state may change.
   * @param {() => boolean} isWaiting whether a run may change one, and not an owner alone.
   * @param {(news: {drawings: object[], run: object | null} | null) => void} tell null: the owner
   *   has to sign in again.
   */
  constructor(listIds, isWaiting, tell) {
    [this.#listIds, this.#isWaiting, this.#tell] = [listIds, isWaiting, tell];
    document.addEventListener("visibilitychange", () => this.#ask());
    this.#ask();
  }

  /** Ask now. */
  wake() {
    this.#ask();
  }

  /** A run was requested: look for it, also while no drawing waits. */
  expectRun() {
    this.#patience = 5;
    this.#ask();
  }

  async #ask() {
    clearTimeout(this.#timer);
    const ids = this.#listIds().slice(0, MOST_IDS);
    if (this.#asking || document.hidden || (!ids.length && !this.#patience)) return;
    this.#asking = true;
    let run = null;
    try {
      const news = await fetchNews(ids);
      this.#failures = 0;
      run = news?.run ?? null;
      this.#patience = run ? 2 : Math.max(this.#patience - 1, 0); // its end is looked at once more
      this.#tell(news);
      if (news === null) return; // until the page is loaded again
    } catch {
      this.#failures += 1; // the page says elsewhere that the service does not answer
    } finally {
      this.#asking = false;
    }
    if (!this.#isWaiting() && !this.#patience) return;
    const seconds = this.#patience ? RUN_SECONDS : OPEN_SECONDS;
    const pause = Math.min(seconds * 2 ** this.#failures, MOST_SECONDS);
    this.#timer = setTimeout(() => this.#ask(), pause * 1000);
  }
}

async function fetchNews(ids) {
  const query = new URLSearchParams(ids.map((id) => ["id", id]));
  const response = await fetch(`/play/news?${query}`, { cache: "no-store" });
  if (response.redirected) return null;
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}
