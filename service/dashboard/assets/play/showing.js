/** Show a guess: the class, the most likely ones with bars, and what the model saw. */

import { pictureDrawing } from "./pictures.js";
import { describeAsking, formatName, formatShare } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const NOTHING = "A game would ask about it, or not: that is said here.";
const find = (id) => document.getElementById(id);
const empty = find("seen").src;

export function showGuess(guess) {
  const name = formatName(guess.label);
  showLabel(name, `${name} ${formatShare(guess.confidence)}`);
  find("top").replaceChildren(...guess.top.map(makeBar));
  find("ask").textContent = describeAsking(guess);
  Object.assign(find("seen"), {
    src: pictureDrawing(guess.drawing),
    alt: "What the model saw: your drawing in 28 by 28 pixels",
  });
}

export function showNoGuess(text) {
  showLabel(text, "");
  find("top").replaceChildren();
  find("ask").textContent = NOTHING;
  Object.assign(find("seen"), { src: empty, alt: "What the model saw: nothing yet" });
}

/** Show a guess where it is read, and beside the pad, where a phone shows it while one draws. */
function showLabel(text, live) {
  if (find("label").textContent !== text) find("label").textContent = text; // it is read out
  find("live").textContent = live;
}

function makeBar({ label, confidence }) {
  const [item, name, share] = ["li", "span", "em"].map((kind) => document.createElement(kind));
  name.textContent = formatName(label);
  share.textContent = formatShare(confidence);
  item.append(name, drawShare(confidence), share);
  return item;
}

function drawShare(share) {
  const picture = makeShape("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true", class: "share" });
  picture.append(
    makeShape("rect", { class: "paper", width: 100, height: 6 }),
    makeShape("rect", { class: "blue", width: 100 * share, height: 6 }),
  );
  return picture;
}

function makeShape(kind, attributes) {
  const shape = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  return shape;
}
