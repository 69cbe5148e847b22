/** Ask for a drawing of the data set. */

/** @returns {Promise<{label: string, drawing: Uint8Array}>} 784 bytes; 255 is full ink. */
export async function fetchExample() {
  const response = await fetch("/play/example", { cache: "no-store" }).catch(() => null);
  if (response === null) throw new Error("The service does not answer: try again in a few seconds.");
  if (response.redirected) throw new Error("Your session has ended: reload the page to sign in again.");
  const said = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(said.detail ?? `There is no example now: status ${response.status}.`);
  return {
    label: said.label,
    drawing: Uint8Array.from(atob(said.drawing), (character) => character.charCodeAt(0)),
  };
}
