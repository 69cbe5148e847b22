/** The drawings that were answered in this browser: kept in it, and shown as a list. */

import { pictureStrokes } from "./pictures.js";
import { formatName } from "./words.js";

const KEY = "redraw-drawn";
const MOST = 24;

export class Drawn {
  #list = read();
  #pictures = new Map();
  #element;
  #nothing;

  /**
   * @param {HTMLElement} element the list.
   * @param {HTMLElement} nothing what is shown while it is empty.
   */
  constructor(element, nothing) {
    [this.#element, this.#nothing] = [element, nothing];
    this.#show();
    addEventListener("storage", ({ key }) => {
      if (key !== KEY) return;
      this.#list = read(); // another tab has changed it
      this.#show();
    });
  }

  /** All entries, the newest first. */
  get all() {
    return this.#list;
  }

  /** The ids of those whose state may still change. */
  get open() {
    return this.#list.filter((each) => !each.final).map((each) => each.id);
  }

  /** Whether a run may change one of them; those that are held back wait for an owner. */
  get isWaiting() {
    return this.#list.some((each) => !each.final && each.state !== "quarantined");
  }

  /**
   * Add a drawing.
   *
   * @param {{id: string, lines: number[][][], label: string, guess: string, version: string}} entry
   *   `label` is the answer, `guess` what `version` guessed.
   */
  add(entry) {
    const rest = this.#list.filter((each) => each.id !== entry.id);
    this.#list = [{ text: "Pending: it waits for a retrain.", final: false, ...entry }, ...rest];
    this.#list.length = Math.min(this.#list.length, MOST);
    this.#keep();
  }

  /** Change what is known of some drawings, by id. */
  update(changes) {
    let isOther = false;
    this.#list = this.#list.map((each) => {
      const change = changes[each.id];
      if (!change) return each;
      const next = { ...each, ...change };
      isOther ||= JSON.stringify(next) !== JSON.stringify(each);
      return next;
    });
    if (isOther) this.#keep();
  }

  #keep() {
    write(this.#list);
    this.#show();
  }

  #show() {
    this.#nothing.hidden = this.#list.length > 0;
    this.#element.replaceChildren(...this.#list.map((each) => this.#makeItem(each)));
  }

  #makeItem(entry) {
    if (!this.#pictures.has(entry.id)) {
      this.#pictures.set(entry.id, pictureStrokes(entry.lines));
    }
    const picture = Object.assign(document.createElement("img"), {
      className: "drawing",
      width: 84,
      height: 84,
      alt: `Your drawing of ${formatName(entry.label)}`,
      src: this.#pictures.get(entry.id),
    });
    const isRight = entry.guess === entry.label;
    const words = document.createElement("div");
    words.append(
      make("strong", formatName(entry.label)),
      make("p", `${entry.version} ${isRight ? "saw it" : `saw: ${formatName(entry.guess)}`}`),
      make("p", entry.text, `state ${entry.state ?? "pending"}`),
    );
    if (entry.sees && entry.sees.version !== entry.version) {
      const { version, label } = entry.sees;
      const kind = label === entry.label ? "sees right" : "sees";
      words.append(make("p", `${version} now sees: ${formatName(label)}`, kind));
    }
    const item = document.createElement("li");
    item.append(picture, words);
    return item;
  }
}

function make(kind, text, name = "") {
  return Object.assign(document.createElement(kind), { textContent: text, className: name });
}

/** Return what was kept; what is damaged, or of another form, is left out. */
function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return kept.filter(isEntry).slice(0, MOST);
  } catch {
    return [];
  }
}

function isEntry(each) {
  const isPoint = (point) => Array.isArray(point) && point.length === 2;
  return (
    ["id", "label", "guess", "version", "text"].every((name) => typeof each?.[name] === "string") &&
    Array.isArray(each.lines) &&
    each.lines.every((line) => Array.isArray(line) && line.length > 0 && line.every(isPoint))
  );
}

/** Keep as many as there is room for; a browser that keeps nothing has the list until it is closed. */
function write(list) {
  for (let most = list.length; most >= 0; most = Math.floor(most / 2)) {
    try {
      localStorage.setItem(KEY, JSON.stringify(list.slice(0, most)));
      return;
    } catch {
      if (most === 0) return;
    }
  }
}
