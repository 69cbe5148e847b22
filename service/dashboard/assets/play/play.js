/** The page: draw, see the guess, say whether it is right, and see what became of it. */

import { postAnswer } from "../client/answering.js";
import { InvalidDrawing, Redraw, RedrawError } from "../client/redraw.js";
import { Choosing } from "./choosing.js";
import { Drawn } from "./drawn.js";
import { fetchExample } from "./example.js";
import { News } from "./news.js";
import { Pad } from "./pad.js";
import { makeCanvas } from "./pictures.js";
import { listenForRetrain, showRun } from "./retrain.js";
import { showGuess, showNoGuess } from "./showing.js";
import { describeProblem, describeRefusal, formatName } from "./words.js";

const LOOK_SECONDS = 5; // between two looks at the release
const PAUSE_MILLISECONDS = 120; // between two guesses while a stroke is drawn
const find = (id) => document.getElementById(id);
const { player, formToken, keys } = find("play").dataset;
const trusted = JSON.parse(keys);

let drawingId = newId();
let answered = false; // the next stroke begins another drawing
let guessing = false;
let again = false;
let lastGuess = 0;
let changes = 0; // of the drawing

const redraw = new Redraw({
  service: location.origin,
  keys: trusted,
  player,
  seconds: LOOK_SECONDS,
  sendAnswer,
  onproblem: showProblem,
  onversion: showVersion,
});
const drawn = new Drawn(find("drawn"), find("nothing"));
const choosing = new Choosing(answer);
const pad = new Pad(find("pad"), change, begin);
const news = new News(() => drawn.open, () => drawn.isWaiting, takeNews);

find("undo").addEventListener("click", () => pad.undo());
find("clear").addEventListener("click", () => pad.clear());
find("example").addEventListener("click", showExample);
listenForRetrain(() => news.expectRun());

/** Before a stroke: return whether it is the first one of another drawing. */
function begin() {
  const isAnother = answered;
  if (answered) startAnew();
  return isAnother;
}

function change(isDone) {
  changes += 1;
  setBusy(true);
  find("undo").disabled = find("clear").disabled = pad.isEmpty;
  if (pad.isEmpty) startAnew();
  guessSoon(isDone);
}

function startAnew() {
  drawingId = newId();
  answered = false;
  find("sent").textContent = "";
}

/** Guess now, or when the guess that is under way is done; while drawing, not too often. */
async function guessSoon(isDone) {
  if (guessing) {
    again = true;
    return;
  }
  if (!redraw.version || (!isDone && performance.now() - lastGuess < PAUSE_MILLISECONDS)) return;
  guessing = true;
  lastGuess = performance.now();
  const guessed = changes;
  try {
    const guess = await redraw.guess(pad.pixels, { id: drawingId });
    showGuess(guess);
    choosing.ask(answered ? null : guess);
  } catch (error) {
    if (!(error instanceof InvalidDrawing)) throw error;
    showNoGuess(describeRefusal(error));
    choosing.ask(null);
  } finally {
    guessing = false;
  }
  if (again) {
    again = false;
    guessSoon(true);
  } else if (changes === guessed) setBusy(false);
}

/** Guess a drawing of the data set. It is no player's, so it is not asked what it shows. */
async function showExample() {
  if (!redraw.version) return;
  try {
    const { label, drawing } = await fetchExample();
    startAnew();
    pad.show(drawing);
    showGuess(await redraw.guess(drawing));
    find("sent").textContent =
      `This is an example of ${formatName(label)} that no version has learned from. To answer, draw yourself.`;
  } catch (error) {
    find("sent").textContent = error.message;
  }
  choosing.ask(null);
  find("clear").disabled = false;
}

async function answer(guess, label) {
  if (answered) return;
  answered = true;
  choosing.ask(null);
  find("sent").textContent = "Sending…";
  const [lines, strokes] = [pad.lines, pad.strokes];
  try {
    await redraw.correct(guess, label, { strokes });
  } catch (error) {
    if (guess.id === drawingId) {
      answered = false;
      choosing.ask(guess);
    }
    find("sent").textContent = `It has not arrived: ${error.message}. Answer again to try again.`;
    return;
  }
  const { id, label: guessed, version } = guess;
  drawn.add({ id, lines, label, guess: guessed, version });
  news.wake();
  if (id === drawingId) {
    find("sent").textContent = `Thank you: ${formatName(label)} waits for the next retrain. Draw another one.`;
  }
}

async function sendAnswer(fields, png) {
  const response = await postAnswer(
    fetch.bind(globalThis), "/play/answers", { "X-Form-Token": formToken }, fields, png,
  );
  if (response.redirected) {
    throw new RedrawError("unavailable", "your session has ended: sign in again in another tab");
  }
}

function showVersion(version) {
  find("version").textContent = `${version}, ${trusted.length ? "signature" : "digests"} checked`;
  choosing.setClasses(redraw.categories);
  if (!pad.isEmpty) guessSoon(true);
  guessKept(version);
  news.wake();
}

/** Guess the drawings that were answered here again, with the version that is there now. */
async function guessKept(version) {
  for (const { id, lines, sees } of drawn.all) {
    if (redraw.version !== version) return; // another one has come
    if (sees?.version === version) continue;
    try {
      const { label } = await redraw.guess(makeCanvas(lines), { id });
      drawn.update({ [id]: { sees: { version, label } } });
    } catch (error) {
      if (!(error instanceof InvalidDrawing)) throw error;
    }
  }
}

function takeNews(said) {
  if (said === null) {
    find("run").textContent = "Your session has ended: reload the page to sign in again.";
    return;
  }
  showRun(said.run);
  drawn.update(Object.fromEntries(said.drawings.map(({ id, ...fate }) => [id, fate])));
}

function showProblem(problem) {
  find("problem").hidden = problem === null;
  find("problem").textContent = problem === null ? "" : describeProblem(problem);
  if (problem && !redraw.version) find("version").textContent = "No version yet";
}

function setBusy(isBusy) {
  find("guess").setAttribute("aria-busy", String(isBusy));
}

function newId() {
  return crypto.randomUUID().replaceAll("-", "");
}
