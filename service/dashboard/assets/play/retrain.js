/** Ask for a retrain without leaving the page, and say how it goes. */

const find = (id) => document.getElementById(id);
const idle = find("run").dataset.idle;

/**
 * Listen to the button, which only an owner has.
 *
 * @param {() => void} onrequest is called when a run was requested.
 */
export function listenForRetrain(onrequest) {
  const form = find("retrain")?.querySelector("form");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    // What went wrong is said by the page that the form leads to without this script.
    if (!answer?.ok) form.submit();
    else onrequest();
  });
}

/** Say which run is under way; null: none is. */
export function showRun(run) {
  const text = run === null ? idle : `A retrain is under way: ${run.message || run.state}.`;
  if (find("run").textContent !== text) find("run").textContent = text;
}
