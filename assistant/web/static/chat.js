// The page: what is asked and answered, the conversations, the views.
import { byId, call, data, language, listen, put, ready, refused, start, type } from "./bridge.js";
import * as reader from "./reader.js";
import { kept, Store } from "./store.js";
import { dialog, make, say, sign, tell } from "./words.js";

const VIEWS = ["chat", "library", "quality"];
const THEME = "assistant:theme";

let store;
let conversation; // the id of the open one
let turns = new Map(); // its turns by number: {asked, answer, changed}
let numbers = new Map(); // the number that the server gave a turn -> the one that it has here
let opening = [];
const early = []; // answers that came before the conversation was there

const box = () => document.querySelector("#question textarea");
const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (n) => n.toString(16).padStart(2, "0")).join("");

// Asking

/** What goes with the next question: which turn it is, and the questions before it. */
function prepare() {
  put("context", { conversation, turn: next(), history: Array.from(turns.values(), (turn) => turn.asked) });
}

const next = () => Math.max(0, ...Array.from(document.querySelectorAll("#turns > .turn"), (turn) => Number(turn.id.slice(1)))) + 1;

function ask(question) {
  type(box(), question);
  setTimeout(() => document.querySelector("#question .submit-button").click());
}

/** There was no place for a question: it stays in the box. */
function busy() {
  forget();
  const number = next();
  const asked = make("div", { class: "asked", dir: "auto" }, make("span", { class: "sr" }, `${say("asked")} `), box().value);
  const said = make("div", { class: "said failed" }, make("p", {}, say("busy")));
  byId("turns").append(make("div", { class: "turn again", id: `t${number}` }, asked, said));
  intro();
  byId(`t${number}`).scrollIntoView({ block: "nearest" });
  byId("voice").textContent = "";
  setTimeout(() => (byId("voice").textContent = say("busy"))); // also the second time
}

/** Takes away the turns that there was no place for: one of them is asked again. */
function forget() {
  for (const turn of document.querySelectorAll("#turns > .again")) turn.remove();
}

function answered(part) {
  if (!conversation) return void early.push(part);
  forget();
  const found = data(part);
  if (!/^[0-9a-f]{16}$/.test(found.conversation)) found.conversation = conversation;
  if (found.answer) store.add(found.conversation, { asked: found.asked, answer: found.answer });
  if (found.conversation === conversation) {
    const key = `${found.turn}`;
    const pending = Boolean(part.querySelector(".pending"));
    const number = numbers.get(key) ?? next();
    if (pending) numbers.set(key, number);
    else numbers.delete(key);
    place(part, number, found);
    prepare();
    const said = byId(`t${number}`);
    said.scrollIntoView({ block: matchMedia("(max-width: 900px)").matches ? "nearest" : "start" });
    for (const old of document.querySelectorAll("#turns > .turn:not(:last-child) .further")) old.replaceChildren();
    if (found.again) {
      said.classList.add("again");
      if (!box().value) type(box(), found.again);
    }
    if (!pending) settle(number, found);
  }
  if (found.answer) list();
}

/** Puts a turn into the conversation, in the place of its pending self. */
function place(part, number, found) {
  const turn = part.querySelector(".turn");
  turn.querySelector(".data").remove();
  turn.id = `t${number}`;
  const old = byId(turn.id);
  if (old) old.replaceWith(turn);
  else byId("turns").append(turn);
  for (const icon of turn.querySelectorAll(".icon")) icon.setAttribute("aria-hidden", "true");
  if (found.answer) turns.set(number, { asked: found.asked, answer: found.answer, changed: found.changed });
  intro();
}

/** What comes after an answer: it is read aloud, opened in the panel, and gone on from. */
async function settle(number, found) {
  byId("voice").textContent = found.spoken;
  const turn = turns.get(number);
  if (!turn) return;
  const key = `${conversation} ${number}`;
  quote(number);
  const before = Array.from(turns.values(), (one) => one.asked);
  const seen = {};
  for (const one of Array.from(turns.values(), (other) => other.answer.citations).flat()) {
    (seen[one.document] ??= []).push([one.number, one.start, one.end]);
  }
  const more = await call("further", { answer: turn.answer, before, seen });
  const slot = byId(`t${number}`)?.querySelector(".further");
  if (!slot || !byId(`t${number}`).matches(":last-child") || key !== `${conversation} ${number}` || !more.querySelector(".suggestion")) return;
  slot.replaceChildren(make("p", { class: "label" }, say("further")), ...more.childNodes);
}

/** Opens the panel at the first words that a turn cites, without going there. */
function quote(number) {
  const turn = turns.get(number);
  const first = turn?.answer.found ? turn.answer.citations[0]?.number : turn?.answer.nearest.length && 1;
  if (first) reader.open(`${conversation} ${number}`, turn, first, null, true);
  else reader.clear(shelf());
}

function intro() {
  const empty = !document.querySelector("#turns > .turn");
  byId("intro").hidden = !empty;
  document.body.classList.toggle("empty", empty);
  const buttons = opening.map((question) => make("button", { class: "suggestion" }, question));
  byId("intro").replaceChildren(
    make("h2", {}, say("intro")),
    make("p", {}, say("intro_text")),
    ...(buttons.length ? [make("p", { class: "label" }, say("try"))] : []),
    make("div", { class: "suggestions" }, ...buttons),
  );
}

// What is done with an answer

/** The answer with a footnote for each quote, as plain text. */
function copied({ asked, answer }) {
  const notes = (answer.found ? answer.citations : answer.nearest).map((one, n) => {
    const path = one.section.filter((part) => part !== one.title);
    const page = one.page ? [say("page", { number: one.page })] : [];
    const note = one.note ? [one.note] : [];
    return `[${answer.found ? one.number : n + 1}] “${one.quote}” — ${[[one.title, ...path].join(" › "), ...page, ...note].join(", ")}`;
  });
  const words = answer.text.replace(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, "$1");
  return `${asked}\n\n${words}\n\n${notes.join("\n")}\n`;
}

async function copy(turn) {
  const words = copied(turn);
  try {
    await navigator.clipboard.writeText(words);
  } catch { // not on a secure origin
    const area = make("textarea", { class: "sr", "aria-hidden": "true" });
    area.value = words;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) return tell(say("not_copied"));
  }
  tell(say("copied"));
}

async function judge(button, number) {
  const turn = turns.get(number);
  const message = { asked: turn.asked, answer: turn.answer, history: history(number), verdict: "up" };
  if (button.classList.contains("wrong")) {
    const kinds = ["wrong citation", "wrong answer", turn.answer.found ? "should have refused" : "should have answered"];
    const choices = (turn.answer.found ? kinds : kinds.slice(2)).map((kind) =>
      make("label", { class: "choice" }, make("input", { type: "radio", name: "kind", value: kind }), say(kind.replaceAll(" ", "_"))),
    );
    choices[0].firstChild.checked = true;
    const comment = make("textarea", { rows: 3, maxlength: 4000 });
    const fields = [make("div", { role: "radiogroup", "aria-labelledby": "dialog-title" }, ...choices), make("label", { class: "field" }, say("comment"), comment)];
    if (!(await dialog(say("feedback"), fields, say("send")))) return button.focus();
    message.verdict = "down";
    message.kind = choices.map((choice) => choice.firstChild).find((one) => one.checked).value;
    message.comment = comment.value;
  }
  const reply = await call("feedback", message);
  tell(reply.textContent);
  if (reply.querySelector(".error")) return;
  for (const one of button.parentElement.querySelectorAll(".right, .wrong")) one.setAttribute("aria-pressed", one === button);
  button.focus();
}

const history = (number) => Array.from(turns).filter(([n]) => n < number).map(([, turn]) => turn.asked);

// Conversations

async function open(id) {
  conversation = id;
  store.open = id;
  turns = new Map();
  numbers = new Map();
  byId("turns").replaceChildren();
  reader.clear(shelf());
  intro();
  prepare();
  list();
  drawer(false);
  const old = store.turns(id);
  if (!old.length) return;
  document.body.classList.remove("empty");
  byId("intro").hidden = true;
  const restored = await call("restore", { conversation: id, turns: old });
  if (conversation !== id) return;
  const wrong = restored.querySelector(".error");
  if (wrong) tell(wrong.textContent);
  for (const turn of restored.querySelectorAll(".turn")) {
    const part = document.createDocumentFragment();
    part.append(turn);
    const found = data(part);
    place(part, next(), found);
  }
  intro();
  prepare();
  byId("turns").lastElementChild?.scrollIntoView({ block: "start" });
  quote(Math.max(...turns.keys()));
}

function list() {
  const items = store.list().map((one) => {
    const current = one.id === conversation;
    const title = one.title || say("untitled");
    const name = make("button", { class: "title", "aria-current": current && "true", title, onclick: () => { show("chat"); open(one.id); } }, title);
    const item = make("li", { class: current && "current" }, name);
    if (current) item.append(sign("rename", say("rename"), () => rename(one)), sign("delete", say("delete"), () => remove(one)));
    return item;
  });
  const empty = items.length ? null : make("p", { class: "empty" }, say("none_yet"));
  byId("conversations").replaceChildren(
    make("button", { class: "fresh", onclick: () => { show("chat"); open(fresh()); box().focus(); } }, make("span", { class: "icon", "aria-hidden": "true" }), say("new")),
    ...[empty ?? make("ul", { "aria-label": say("conversations") }, ...items)],
  );
}

async function rename(one) {
  const name = make("input", { type: "text", maxlength: 120, value: one.title, dir: "auto" });
  const fields = [make("label", { class: "field" }, say("name"), name)];
  if ((await dialog(say("rename"), fields, say("save"))) && name.value.trim()) store.rename(one.id, name.value.trim());
  list();
  document.querySelector("#conversations .rename")?.focus();
}

async function remove(one) {
  const sure = await dialog(say("delete"), [make("p", { dir: "auto" }, say("delete_text", { title: one.title }))], say("delete"), true);
  if (!sure) return void document.querySelector("#conversations .delete")?.focus();
  store.remove(one.id);
  if (one.id === conversation) open(fresh());
  else list();
  box().focus();
}

async function save(kind) {
  const title = store.list().find((one) => one.id === conversation)?.title ?? "";
  const reply = await call("export", { kind, title, turns: store.turns(conversation) });
  const wrong = reply.querySelector(".error");
  if (wrong) return tell(wrong.textContent);
  const file = data(reply);
  const bytes = Uint8Array.from(atob(file.content), (letter) => letter.charCodeAt(0));
  const link = make("a", { href: URL.createObjectURL(new Blob([bytes], { type: file.type })), download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Views

function show(view) {
  document.body.dataset.view = view;
  for (const one of VIEWS) {
    const button = byId(`view-${one}`);
    if (one === view) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  drawer(false);
  if (view === "library") shelve(byId("documents"));
  if (view === "quality") report();
}

async function report() {
  const reply = await call("quality", {});
  byId("report").replaceChildren(...reply.childNodes);
}

let wanted = { words: "", order: "title" }; // of the documents
let looking; // while somebody types
async function shelve(into, at = Number(into.dataset.at ?? 0)) {
  const mine = into.id === "documents" ? wanted : { words: "", order: "title" };
  into.dataset.at = at;
  const reply = await call("library", { ...mine, at });
  if (into.id !== "documents" || mine === wanted) into.replaceChildren(...reply.childNodes);
}

/** Lists other documents, from the first on. */
function want(changed) {
  wanted = { ...wanted, ...changed };
  clearTimeout(looking);
  looking = setTimeout(() => shelve(byId("documents"), 0), 120);
}

/** The documents before or after those that are listed. */
async function browse(button) {
  const into = button.closest("#documents, .shelf");
  await shelve(into, Number(button.value));
  into.scrollIntoView({ block: "start" });
  const same = into.querySelector(`.${button.className}`);
  (same?.disabled ? into.querySelector(".pages button:enabled") : same)?.focus({ preventScroll: true });
}

/** The documents, in the reading panel as long as nothing is read. */
function shelf() {
  const into = make("div", { class: "shelf" });
  shelve(into);
  return make("div", {}, make("p", { class: "empty" }, say("read_empty")), make("h2", {}, say("library")), into);
}

function library() {
  const find = make("input", { type: "search", placeholder: say("find"), "aria-label": say("find") });
  find.addEventListener("input", () => want({ words: find.value }));
  const orders = ["title", "date", "indexed"].map((one) => make("option", { value: one }, say(`order_${one}`)));
  const order = make("select", { "aria-label": say("order") }, ...orders);
  order.addEventListener("change", () => want({ order: order.value }));
  byId("shelf").replaceChildren(make("h2", {}, say("library")));
  byId("stock").replaceChildren(make("div", { id: "added", role: "status" }), make("div", { class: "search" }, find, order), make("div", { id: "documents" }));
}

/** What became of the files that were added, above the list, which then holds them. */
function added(part) {
  byId("added").replaceChildren(...part.childNodes);
  if (!document.querySelector("#added ul")) return;
  for (const one of document.querySelectorAll("#documents, #reader .shelf")) shelve(one);
}

async function discard(button) {
  const name = button.closest("li").querySelector(".title").textContent;
  const sure = await dialog(say("remove"), [make("p", { dir: "auto" }, say("remove_text", { title: name }))], say("remove"), true);
  if (!sure) return button.focus();
  const reply = await call("remove", { name: JSON.parse(button.value) });
  tell(reply.textContent);
  reader.clear(shelf()); // it may be what is read
  await shelve(byId("documents"));
  document.querySelector("#stock input").focus();
}

function drawer(open) {
  document.body.classList.toggle("drawer", open);
  byId("menu")?.setAttribute("aria-expanded", open);
}

/** Dark or light as it was chosen, else as the system has it. */
function theme(chosen) {
  if (chosen) kept.setItem(THEME, chosen);
  const wanted = kept.getItem(THEME);
  if (wanted) document.body.classList.toggle("dark", wanted === "dark");
  const dark = document.body.classList.contains("dark");
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  byId("theme")?.setAttribute("aria-pressed", dark);
}

function bar() {
  const views = VIEWS.map((view) => make("button", { id: `view-${view}`, onclick: () => show(view) }, say(view)));
  const kinds = [["md", "Markdown"], ["html", "HTML"], ["docx", "Word (DOCX)"]].map(([kind, name]) =>
    make("button", { class: kind, onclick: () => { menu.open = false; save(kind); } }, name),
  );
  const menu = make("details", { id: "export" }, make("summary", {}, say("export")), make("div", { class: "choices" }, ...kinds));
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.firstChild.focus();
  });
  byId("bar").replaceChildren(
    make("button", { id: "menu", "aria-label": say("menu"), title: say("menu"), "aria-expanded": "false", "aria-controls": "side", onclick: () => drawer(!document.body.classList.contains("drawer")) }, make("span", { class: "icon" })),
    make("h1", {}, say("title")),
    make("nav", { "aria-label": say("views") }, ...views),
    menu,
    make("button", { id: "theme", "aria-label": say("theme"), title: say("theme"), onclick: () => theme(document.body.classList.contains("dark") ? "light" : "dark") }, make("span", { class: "icon" })),
  );
}

// The page

function clicked(event) {
  const link = event.target.closest("#turns a[href^='#t']");
  const button = event.target.closest("button");
  const turn = event.target.closest("#turns > .turn");
  const number = turn ? Number(turn.id.slice(1)) : 0;
  if (link) {
    event.preventDefault();
    reader.open(`${conversation} ${number}`, turns.get(number), Number(/n(\d+)$/.exec(link.hash)[1]), link);
  } else if (!button) {
    if (!event.target.closest("#side")) drawer(false);
  } else if (button.matches(".suggestion")) ask(button.textContent);
  else if (button.matches(".edit")) {
    type(box(), turn.querySelector(".standalone").textContent);
    box().focus();
  } else if (button.matches(".tool.copy")) copy(turns.get(number));
  else if (button.matches(".tool.right, .tool.wrong")) judge(button, number);
  else if (button.matches(".documents .read")) reader.read(JSON.parse(button.value), button);
  else if (button.matches("#documents .remove")) discard(button);
  else if (button.matches(".pages button")) browse(button);
}

function greeted(part) {
  const first = !store;
  const found = data(part);
  opening = found.opening;
  if (!first) return void (document.body.classList.contains("empty") && intro());
  store = new Store(found.user, () => tell(say("full")));
  const last = store.list().some((one) => one.id === store.open) ? store.open : fresh();
  open(last).then(() => early.splice(0).forEach(answered));
}

await ready(["bar", "conversations", "turns", "shelf", "stock", "report", "reader"]);
document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
document.title = say("title");
for (const [id, role, name] of [
  ["side", "navigation", "conversations"], ["chat", "region", "chat"], ["library", "region", "library"],
  ["quality", "region", "quality"], ["reading", "region", "reading"],
]) {
  byId(id).setAttribute("role", role);
  byId(id).setAttribute("aria-label", say(name));
}
byId("quality").tabIndex = 0; // it scrolls, and there is nothing in it to go to
byId("turns").before(make("div", { id: "intro" }));
byId("turns").setAttribute("role", "log");
byId("turns").setAttribute("aria-label", say("conversation"));
byId("turns").setAttribute("aria-live", "off");
byId("chat").append(make("p", { id: "voice", class: "sr", role: "status" }));
document.querySelector("#question .submit-button").setAttribute("aria-label", say("ask"));
bar();
theme();
new MutationObserver(() => theme()).observe(document.body, { attributeFilter: ["class"] });
library();
reader.build(make("p", { class: "empty" }, say("read_empty")));
show("chat");
if (document.activeElement === document.body) box().focus(); // what was hidden till here lost it
document.addEventListener("click", clicked);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") drawer(false);
});
window.addEventListener("storage", (event) => {
  if (store && event.key?.startsWith(store.prefix)) list();
});
listen("ask", answered);
refused(busy);
listen("add", added);
listen("hello", greeted);
start();
