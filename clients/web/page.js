/** The page: draw, see the guess, correct it. */

import { Pad } from "./pad.js";
import { InvalidDrawing, Redraw } from "./redraw.js";

const SERVICE = new URL("..", location.href).href;
const PAUSE_MILLISECONDS = 120; // between two guesses while a stroke is drawn
const find = (id) => document.getElementById(id);

const REASONS = {
  disagreement: () => "Yes: a version on trial guesses another class.",
  margin: () => "Yes: the two best guesses are close to each other.",
  audit: (chance) => `Yes: chosen at random, with a chance of ${formatShare(chance)}.`,
};
const REFUSED = {
  blank: "Draw something",
  scribble: "That is too wild to be a drawing",
  unreadable_image: "That cannot be read",
};

let redraw;
let drawingId = newId();
let guess = null;
let answered = false;
let guessing = false;
let again = false;
let lastGuess = 0;
let changes = 0; // of the drawing

const pad = new Pad(find("pad"), (isDone) => {
  changes += 1;
  find("guess").ariaBusy = "true";
  if (answered) startAnew();
  find("undo").disabled = find("clear").disabled = pad.isEmpty;
  if (pad.isEmpty) startAnew();
  guessSoon(isDone);
});
find("undo").addEventListener("click", () => pad.undo());
find("clear").addEventListener("click", () => pad.clear());

start().catch((error) => showProblem(error));

async function start() {
  const [config, listed] = await Promise.all([readJson("config.json"), readJson("../v1/keys")]);
  redraw = new Redraw({
    service: SERVICE,
    keys: listed.keys.map((key) => key.publicKey),
    player: rememberPlayer(),
    firebase: config.firebase ?? undefined,
    seconds: 10,
    onproblem: showProblem,
    onversion: (version) => {
      find("version").textContent = `${version}, ${listed.keys.length ? "signature" : "digests"} checked`;
      showClasses();
      guessSoon(true);
    },
  });
  if (!config.firebase) {
    find("correct-help").textContent =
      "No emulators are here to take an answer: start `redraw up`, and open its page.";
  }
}

/** Guess now, or when the guess that is under way is done; while drawing, not too often. */
async function guessSoon(isDone) {
  if (guessing) {
    again = true;
    return;
  }
  if (!redraw?.version || (!isDone && performance.now() - lastGuess < PAUSE_MILLISECONDS)) return;
  guessing = true;
  lastGuess = performance.now();
  const guessed = changes;
  try {
    showGuess(await redraw.guess(pad.pixels, { id: drawingId }));
  } catch (error) {
    if (!(error instanceof InvalidDrawing)) throw error;
    showNoGuess(REFUSED[error.reason] ?? error.message);
  } finally {
    guessing = false;
  }
  if (again) {
    again = false;
    guessSoon(true);
  } else if (changes === guessed) find("guess").ariaBusy = "false";
}

function showGuess(next) {
  guess = next;
  const text = formatName(guess.label);
  showLabel(text, `${text} ${formatShare(guess.confidence)}`);
  find("top").replaceChildren(...guess.top.map(makeBar));
  find("ask").textContent =
    (guess.ask ? REASONS[guess.ask.reason](guess.ask.chance) : "No: it is sure enough.") +
    (guess.other ? ` That one says ${formatName(guess.other)}.` : "");
  showSeen(guess.drawing);
  for (const button of find("classes").children) {
    button.disabled = answered;
    button.classList.toggle("guessed", button.value === guess.label);
  }
}

function showNoGuess(text) {
  guess = null;
  showLabel(text, "");
  find("top").replaceChildren();
  find("ask").textContent = "It decides when there is a guess.";
  showSeen(new Uint8Array(28 * 28));
  for (const button of find("classes").children) {
    button.disabled = true;
    button.classList.remove("guessed");
  }
}

/** Show a guess where it is read, and beside the pad, where a phone shows it while one draws. */
function showLabel(text, live) {
  if (find("label").textContent !== text) find("label").textContent = text; // it is read out
  find("live").textContent = live;
}

function makeBar({ label, confidence }) {
  const item = document.createElement("li");
  const [name, bar, share] = ["span", "span", "span"].map((kind) => document.createElement(kind));
  name.textContent = formatName(label);
  bar.className = "bar";
  bar.style.setProperty("--share", confidence);
  share.textContent = formatShare(confidence);
  item.append(name, bar, share);
  return item;
}

function showSeen(drawing) {
  const context = find("seen").getContext("2d");
  const pixels = context.createImageData(28, 28);
  drawing.forEach((value, i) => pixels.data.set([value, value, value, 255], 4 * i));
  context.putImageData(pixels, 0, 0);
}

function showClasses() {
  const buttons = redraw.categories.map((name) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", value: name, textContent: formatName(name) });
    button.disabled = true;
    button.addEventListener("click", () => answer(button));
    return button;
  });
  find("classes").replaceChildren(...buttons);
}

async function answer(button) {
  if (!guess || answered) return;
  const about = guess;
  setAnswered(true);
  find("sent").textContent = "Sending…";
  try {
    const { id } = await redraw.correct(about, button.value);
    button.classList.add("chosen");
    find("sent").textContent =
      `Thank you: ${formatName(button.value)} is on its way (${id.slice(0, 8)}, pending). Draw another one.`;
  } catch (error) {
    setAnswered(false);
    find("sent").textContent = `It has not arrived. ${error.message}. Choose again to try again.`;
  }
}

function setAnswered(value) {
  answered = value;
  for (const button of find("classes").children) button.disabled = value;
}

/** The next stroke belongs to another drawing. */
function startAnew() {
  drawingId = newId();
  answered = false;
  find("sent").textContent = "";
  for (const button of find("classes").children) button.classList.remove("chosen");
}

function showProblem(problem) {
  find("problem").hidden = problem === null;
  find("problem").textContent = problem === null ? "" : problem.message;
  if (problem && !redraw?.version) find("version").textContent = "no version yet";
}

async function readJson(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} cannot be read: status ${response.status}`);
  return response.json();
}

/** Return who draws here: the same on each visit, so that a trial keeps its players. */
function rememberPlayer() {
  const known = localStorage.getItem("redraw-player");
  if (known) return known;
  const player = `page-${newId()}`;
  localStorage.setItem("redraw-player", player);
  return player;
}

function newId() {
  return crypto.randomUUID().replaceAll("-", "");
}

function formatName(name) {
  return name.replaceAll("_", " ");
}

function formatShare(share) {
  return new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 }).format(share);
}
