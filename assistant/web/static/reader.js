// The reading panel: a document at the words that an answer cites.
import { byId, call } from "./bridge.js";
import { make, say, sign } from "./words.js";

const narrow = matchMedia("(max-width: 900px)");
let cited = []; // what the answer that is read from cites: {number, document, section, page, …}
let answer = null; // the key of that answer
let refused = false;
let at = -1; // the place in `cited` that is read
let shown = {}; // what the panel holds: {document, answer}
let source = null; // what was clicked, to go back to
let asked = 0; // of the requests for a part the latest

const part = (kind) => byId("reader").querySelector(`.${kind}`);

export function build(empty) {
  const bar = make(
    "div", { class: "steps" },
    make("div", { class: "place" }, make("p", { class: "step", "aria-live": "polite" }), make("p", { class: "source", dir: "auto" }), make("p", { class: "path", dir: "auto" })),
    sign("previous", say("previous"), () => step(-1)),
    sign("next", say("next"), () => step(1)),
    sign("back", say("back"), back),
    sign("close", say("close"), back),
  );
  byId("reader").replaceChildren(bar, make("p", { class: "note" }), make("div", { class: "page" }));
  byId("reading").tabIndex = -1;
  clear(empty);
  byId("reader").addEventListener("click", (event) => {
    const more = event.target.closest(".more button");
    if (more && more.closest(".page") && "document" in shown) go(Number(more.value), more.className);
  });
  byId("reading").addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
  });
}

/** Shows nothing of a document but `empty`, an element. */
export function clear(empty) {
  cited = [];
  at = -1;
  shown = {};
  asked += 1;
  source = null;
  part("page").replaceChildren(empty);
  head();
  over(false);
}

/** Opens the words of citation `number` of an answer; `turn` is what chat.js knows of it. */
export async function open(key, turn, number, from, silent = false) {
  answer = key;
  refused = !turn.answer.found;
  cited = refused ? turn.answer.nearest.map((one, n) => ({ ...one, number: n + 1 })) : turn.answer.citations;
  cited = cited.map((one) => ({ ...one, changed: turn.changed.includes(one.number) }));
  at = cited.findIndex((one) => one.number === number);
  if (at < 0) return;
  source = from ?? null;
  await show(silent);
}

/** Opens a document from its beginning. */
export async function read(document, from) {
  cited = [];
  at = -1;
  answer = null;
  source = from;
  await fetch(document, 0);
  over(true);
  byId("reading").scrollTop = 0; // what was not shown could not be scrolled
  focus(part("title") ?? part("page"));
}

async function show(silent) {
  const place = cited[at];
  const there = shown.answer === answer && shown.document === place.document && mark(place.number);
  if (there) asked += 1; // what was asked for before is not to take its place
  else if (!(await fetch(place.document, place.start))) return;
  head();
  for (const old of document.querySelectorAll("#reader .active")) old.classList.remove("active");
  for (const one of document.querySelectorAll(`#reader mark.n${place.number}`)) one.classList.add("active");
  const target = mark(place.number);
  target?.classList.add("active");
  if (!silent) over(true);
  if (!silent || !narrow.matches) (target ?? part("page")).scrollIntoView({ block: target ? "center" : "start" });
  if (!silent) focus(target ?? part("page"));
}

/** Gets the part of a document that holds a place; false where another was asked for since. */
async function fetch(name, offset) {
  const mine = ++asked;
  const places = cited.filter((one) => one.document === name && !one.changed).map((one) => [one.number, one.start, one.end]);
  const reply = await call("read", { document: name, at: offset, places });
  if (mine !== asked) return false;
  shown = { document: name, answer };
  const page = part("page");
  page.replaceChildren(...reply.childNodes);
  page.tabIndex = -1;
  page.classList.toggle("refused", refused && cited.length > 0);
  byId("reading").scrollTop = 0;
  head();
  return true;
}

/** Goes on reading, before or after what is shown. */
async function go(offset, kind) {
  if (!(await fetch(shown.document, offset))) return;
  const text = part("text");
  if (kind === "earlier") text.scrollIntoView({ block: "end" });
  text.tabIndex = -1;
  focus(text);
}

function step(by) {
  if (!cited.length) return;
  at = (at + by + cited.length) % cited.length;
  show(false);
}

export function back() {
  over(false);
  if (!source?.isConnected) return;
  source.focus({ preventScroll: true });
  source.scrollIntoView({ block: "nearest" });
}

/** The line above the document: which citation is read, of which section and page. */
function head() {
  const place = cited[at];
  const count = cited.length;
  part("step").textContent = place ? say(refused ? "of_nearest" : "of", { number: at + 1, count }) : "";
  byId("reader").classList.toggle("citing", Boolean(place));
  for (const kind of ["previous", "next"]) part(kind).disabled = count < 2;
  const path = place ? place.section.filter((one) => one !== place.title).join(" › ") : "";
  const page = place?.page ? say("page", { number: place.page }) : "";
  part("source").textContent = place?.title ?? "";
  part("path").textContent = [path, page].filter(Boolean).join(" · ");
  const note = place?.note && `${say("reconstructed")}: ${place.note.replace(/^\s*reconstructed\s*:?\s*/i, "")}`;
  part("note").textContent = place?.changed ? say("changed") : note ?? "";
}

const mark = (number) => document.querySelector(`#reader .badge#n${number}`);

function focus(element) {
  element.focus({ preventScroll: true });
}

/** On a narrow screen the panel comes over the rest, which can't be reached meanwhile. */
function over(open) {
  document.body.classList.toggle("reading", open);
  const covered = open && narrow.matches;
  for (const id of ["top", "side", "chat", "library", "quality"]) byId(id).inert = covered;
}
narrow.addEventListener("change", () => over(document.body.classList.contains("reading")));
