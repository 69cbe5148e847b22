/**
 * Decide whether to ask the player what was drawn, and whether a player is in a trial.
 *
 * The same decisions as pipeline/versions/asking.py and pipeline/trial/assignment.py, to the bit.
 */

/**
 * Return why and with which chance to ask about a drawing; null: do not ask.
 *
 * @param {object} policy `asking` of the manifest of the version which made the guess.
 * @param {Float32Array} probabilities of that version, one for each class.
 * @param {string[]} categories the names of the classes.
 * @param {string} drawingId decides on the audit.
 * @param {Float32Array | null} trialProbabilities those of a version on trial; null: there is no
 *   trial, or the player is not in it.
 * @returns {Promise<null | {reason: "disagreement" | "margin" | "audit", chance: number}>}
 */
export async function decideAsking(
  policy,
  probabilities,
  categories,
  drawingId,
  trialProbabilities = null,
) {
  if (policy.audit >= 1) return { reason: "audit", chance: 1 };
  const guess = findHighest(probabilities);
  // First, as a trial is judged by the answers that say so.
  if (trialProbabilities !== null && findHighest(trialProbabilities) !== guess) {
    return { reason: "disagreement", chance: 1 };
  }
  const threshold = Object.hasOwn(policy.thresholds, categories[guess])
    ? policy.thresholds[categories[guess]]
    : policy.commonThreshold;
  if (computeMargin(probabilities) < threshold) return { reason: "margin", chance: 1 };
  const number = await drawNumber(policy.version, drawingId);
  return number < policy.audit ? { reason: "audit", chance: policy.audit } : null;
}

/** Return whether a player is in a trial: always or never, while its salt is the same. */
export async function isInTrial(trial, playerId) {
  return (await hashToNumber(`${trial.salt}:${playerId}`)) < trial.share * 2 ** 32;
}

/** Return a number from 0 to below 1, the same each time: it selects drawings for the audit. */
export async function drawNumber(version, drawingId) {
  return (await hashToNumber(`${version}:${drawingId}`)) / 2 ** 32;
}

/** Return the place of the highest number, the first one if there are several. */
export function findHighest(numbers) {
  let place = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i] > numbers[place]) place = i;
  return place;
}

function computeMargin(probabilities) {
  const [best, second] = Array.from(probabilities).sort((a, b) => b - a);
  return best - second;
}

/** Return the first 32 bits of the SHA-256 of a text in UTF-8. */
async function hashToNumber(text) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new DataView(hash).getUint32(0);
}
