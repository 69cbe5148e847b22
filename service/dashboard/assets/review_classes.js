// Find a class by typing a part of its name: Enter takes the first one, the arrows choose another.
//
// Without this script the field is a plain one with the browser's own suggestions. The list is in
// the page, so nothing is asked of the service.

const MOST = 8;

function findField(event) {
  return event.target.matches?.("#label") ? event.target : null;
}

/** Return the names that match, best first: at the start, then at the start of a word, then in it. */
function findNames(names, typed) {
  const text = typed.trim().toLowerCase().replaceAll("_", " ");
  if (text === "") return [];
  const rank = (name) => {
    const at = name.toLowerCase().indexOf(text);
    if (at <= 0) return at === 0 ? 0 : 3;
    return name.toLowerCase().includes(` ${text}`) ? 1 : 2;
  };
  return names
    .map((name) => [rank(name), name])
    .filter(([place]) => place < 3)
    .sort(([one], [other]) => one - other)
    .slice(0, MOST)
    .map(([, name]) => name);
}

function showNames(field) {
  const list = document.getElementById("found");
  const options = document.querySelectorAll("#classes option");
  const names = findNames([...options].map((option) => option.value), field.value);
  list.replaceChildren(
    ...names.map((name, place) => {
      const item = document.createElement("li");
      item.id = `found-${place}`;
      item.setAttribute("role", "option");
      item.textContent = name;
      return item;
    }),
  );
  list.hidden = names.length === 0;
  field.setAttribute("aria-expanded", String(!list.hidden));
  choose(field, 0);
}

function choose(field, place) {
  const items = [...document.querySelectorAll("#found li")];
  items.forEach((item, index) => item.setAttribute("aria-selected", String(index === place)));
  if (items[place]) field.setAttribute("aria-activedescendant", items[place].id);
  else field.removeAttribute("aria-activedescendant");
}

function move(field, step) {
  const items = [...document.querySelectorAll("#found li")];
  const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  if (items.length > 0) choose(field, (now + step + items.length) % items.length);
}

function close(field) {
  document.getElementById("found").hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

document.addEventListener("focusin", (event) => {
  const field = findField(event);
  if (field === null) return;
  field.removeAttribute("list");
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", "found");
  field.setAttribute("aria-expanded", "false");
});

document.addEventListener("input", (event) => {
  const field = findField(event);
  if (field !== null) showNames(field);
});

document.addEventListener("keydown", (event) => {
  const field = findField(event);
  if (field === null) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(field, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape") {
    field.value = "";
    close(field);
    document.getElementById("queue").focus({ preventScroll: true });
  }
});

document.addEventListener("click", (event) => {
  const item = event.target.closest?.("#found li");
  if (!item) return;
  const field = document.getElementById("label");
  field.value = item.textContent;
  field.form.requestSubmit();
});

// Before htmx sends the form: what is chosen in the list is what was meant.
document.addEventListener(
  "submit",
  (event) => {
    const field = event.target.querySelector?.("#label");
    const chosen = document.querySelector('#found:not([hidden]) li[aria-selected="true"]');
    if (field && chosen) field.value = chosen.textContent;
  },
  true,
);
