// While the page is hidden, it does not ask whether a run has begun.

document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.target.matches?.(".look")) event.preventDefault();
});
