// The keys of the queue, and what happens when htmx has put the next drawing in place.
//
// An element with `data-key` is clicked, or a field gets the focus, when its key is pressed and no
// field has the focus. The keys can be switched off (WCAG 2.1.4); the browser remembers that.

const STORED = "redraw-single-keys";
const FIELDS = "input, select, textarea";

function areOn() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true; // the browser stores nothing for this page
  }
}

function switchKeys(on) {
  try {
    localStorage.setItem(STORED, on ? "on" : "off");
  } catch {
    // then the switch counts until the page is left
  }
  document.body.classList.toggle("no-keys", !on);
}

// Whether the next drawing is on its way; the nearest drawings, which come later, do not count.
function isBusy() {
  return document.querySelector("#frame form.htmx-request, #frame a.htmx-request") !== null;
}

document.addEventListener("keydown", (event) => {
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  if (modified || event.isComposing || event.target.closest(FIELDS)) return;
  if (document.body.classList.contains("no-keys")) return;
  const item = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (item === null) return;
  event.preventDefault();
  // A key that is held down, or pressed before the next drawing is there, decides on nothing.
  if (event.repeat || isBusy()) return;
  if (item.matches(FIELDS)) item.focus();
  else item.click();
});

// The second click of a double click would decide on a drawing that no one has seen.
document.addEventListener(
  "click",
  (event) => {
    if (event.detail > 1 && event.target.closest("#frame button, #frame a")) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.target?.id !== "frame") return;
  const page = new DOMParser().parseFromString(ctx.text, "text/html");
  if (page.getElementById("queue") !== null) return;
  event.preventDefault();
  if (new URL(ctx.response.raw.url).pathname === "/sign-in") location.reload();
  else tellTrouble(page);
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.target?.id === "frame") tellTrouble(null);
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.target?.id !== "frame") return;
  history.replaceState(null, "", ctx.response.raw.url);
  document.getElementById("trouble").hidden = true;
  const queue = document.getElementById("queue");
  queue.focus({ preventScroll: true });
  if (queue.getBoundingClientRect().top < 0) queue.scrollIntoView();
  const told = [...queue.querySelectorAll(".told p, h1, .eyebrow")].map((each) => each.textContent);
  document.getElementById("said").textContent = told.join(" ");
});

function tellTrouble(page) {
  const trouble = document.getElementById("trouble");
  const said = page && [...page.querySelectorAll("h1, .lede")].map((each) => each.textContent);
  trouble.textContent = said?.join(". ") || "The service does not answer: try again in a moment.";
  trouble.hidden = false;
}

const box = document.getElementById("single-keys");
document.body.classList.toggle("no-keys", !areOn());
if (box !== null) {
  box.checked = areOn();
  box.closest(".switch").hidden = false;
  box.addEventListener("change", () => switchKeys(box.checked));
}
