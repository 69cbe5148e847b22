/** Ask whether a guess is right, and which class it is if not. */

import { formatName } from "./words.js";

const find = (id) => document.getElementById(id);

/** The part of the page with Yes, No and the list of classes. */
export class Choosing {
  #guess = null;
  #onchoice;

  /** @param {(guess: object, label: string) => void} onchoice is told the answer. */
  constructor(onchoice) {
    this.#onchoice = onchoice;
    find("yes").addEventListener("click", () => this.#choose(find("yes").value));
    find("other").addEventListener("click", () => this.#choose(find("other").value));
    find("no").addEventListener("click", () => this.#open(find("choose").hidden));
    find("find").addEventListener("input", () => this.#filter());
    find("find").addEventListener("keydown", (event) => this.#press(event));
  }

  /** Offer these classes. */
  setClasses(names) {
    const buttons = [...names].sort().map((name) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", value: name, textContent: formatName(name) });
      button.addEventListener("click", () => this.#choose(name));
      return button;
    });
    find("classes").replaceChildren(...buttons);
    this.#filter();
  }

  /** Ask about a guess; null: there is nothing to ask about. */
  ask(guess) {
    this.#guess = guess;
    // Two versions that differ are offered alike, in the order of the alphabet.
    const offered = guess?.other ? [guess.label, guess.other].sort() : [guess?.label ?? ""];
    find("answer-title").textContent = guess?.other ? "Which is it?" : "Is it right?";
    find("yes").textContent = guess?.other ? formatName(offered[0]) : "Yes";
    find("no").textContent = guess?.other ? "Neither" : "No";
    find("yes").value = offered[0];
    find("other").hidden = !guess?.other;
    if (guess?.other) Object.assign(find("other"), { value: offered[1], textContent: formatName(offered[1]) });
    for (const button of this.#buttons()) button.disabled = guess === null;
    if (guess === null) this.#open(false);
  }

  #buttons() {
    return [find("yes"), find("other"), find("no"), ...find("classes").children];
  }

  #choose(label) {
    if (this.#guess) this.#onchoice(this.#guess, label);
  }

  #open(isOpen) {
    find("choose").hidden = !isOpen;
    find("no").setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    find("find").value = "";
    this.#filter();
    find("find").focus();
  }

  #filter() {
    const shown = this.#listFound();
    for (const button of find("classes").children) button.hidden = !shown.includes(button);
    find("none").hidden = shown.length > 0 || !find("classes").children.length;
  }

  /** Return the buttons of the classes whose names have the words that were typed. */
  #listFound() {
    const words = find("find").value.toLowerCase().split(/[\s_]+/).filter(Boolean);
    return [...find("classes").children].filter((button) =>
      words.every((word) => button.textContent.toLowerCase().includes(word)),
    );
  }

  #press(event) {
    if (event.key === "Escape") {
      this.#open(false);
      find("no").focus();
    } else if (event.key === "Enter") {
      // The one that is left, or the one that is spelled so.
      const found = this.#listFound();
      const typed = find("find").value.trim().toLowerCase();
      const meant = found.length === 1 ? found[0] : found.find((each) => each.textContent.toLowerCase() === typed);
      if (meant) this.#choose(meant.value);
    } else return;
    event.preventDefault();
  }
}
