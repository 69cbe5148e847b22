/** How names and numbers are written. */

export function formatName(name) {
  return name.replaceAll("_", " ");
}

export function formatShare(share) {
  return new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 }).format(share);
}

const ASKED = {
  disagreement: () => "A game would ask: a version on trial guesses another class",
  margin: () => "A game would ask: the two best guesses are close to each other",
  audit: (chance) =>
    `A game would ask: it is one of the ${formatShare(chance)} that are chosen at random`,
};

/** Return whether a game would ask the player about a guess, and why. */
export function describeAsking(guess) {
  const asked = guess.ask ? ASKED[guess.ask.reason](guess.ask.chance) : "A game would not ask: it is sure enough";
  return guess.other ? `${asked}, ${formatName(guess.other)}.` : `${asked}.`;
}

const REFUSED = {
  blank: "Draw something",
  scribble: "That is too wild to be a drawing",
  unreadable_image: "That cannot be read",
};

/** Return what to say where a canvas shows no drawing. */
export function describeRefusal(error) {
  return REFUSED[error.reason] ?? error.message;
}

/** Return what to say about a problem of the client. */
export function describeProblem(problem) {
  if (problem.code === "no-release") {
    return "Nothing is released yet, so nothing can guess: `redraw baseline` makes a first version.";
  }
  return `${problem.message}. It is tried again by itself.`;
}
