/** Start the page, or say why it cannot start here. */

if (globalThis.isSecureContext) {
  await import("./play.js");
} else {
  // Neither signatures nor digests can be checked there.
  const problem = document.getElementById("problem");
  problem.hidden = false;
  problem.textContent = "This page works by HTTPS, or on the machine of the service, alone: open it so.";
  document.getElementById("version").textContent = "No version";
}
