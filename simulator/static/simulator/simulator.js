"use strict";
// Polls ask with the ETag of what is shown, so that nothing is swapped, and nothing read aloud, while nothing is new.
const shown = new WeakMap();

document.addEventListener("htmx:configRequest", (event) => {
  const etag = shown.get(event.detail.elt);
  if (event.detail.verb === "get" && etag) event.detail.headers["If-None-Match"] = etag;
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr, successful } = event.detail;
  const etag = xhr && xhr.getResponseHeader("ETag");
  if (etag && elt.hasAttribute("data-poll")) shown.set(elt, etag);
  if (successful && elt.hasAttribute("data-clear")) elt.reset();
});

// The server prints UTC; a person's phone shows its own time.
const STYLES = {
  time: { hour: "2-digit", minute: "2-digit" },
  day: { weekday: "long", day: "numeric", month: "long" },
  full: { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
};

function localise(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const style = STYLES[element.dataset.as || "short"];
    element.textContent = new Intl.DateTimeFormat(undefined, style).format(new Date(element.dateTime));
  }
}

localise(document);
document.addEventListener("htmx:afterSwap", (event) => localise(event.detail.target));
