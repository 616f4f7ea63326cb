// Messages to the server as events of Gradio's, and its replies: see _Bridge in chat.py.

const waiting = new Map(); // "name-id" of a message -> what to do with its reply
const handlers = new Map(); // name of an event of its own -> what to do with each reply
const busy = new Map(); // name -> kept when its last message is answered, or given up
const PATIENCE = 15_000; // milliseconds after which a message is given up
let count = 0;

export const byId = (id) => document.getElementById(id);
export const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

/** Sends a message; the promise is kept with the reply, a fragment of sanitised HTML.
 *
 * Messages of one name go one after the other: they have one box, and one place for the reply.
 */
export function call(name, message) {
  const id = ++count;
  const reply = new Promise((resolve) => waiting.set(`${name}-${id}`, resolve));
  const sent = (busy.get(name) ?? Promise.resolve()).then(() => {
    put(name, { ...message, id });
    return Promise.race([reply, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  });
  busy.set(name, sent);
  return reply;
}

/** Writes a value into a box of the bridge, as somebody who types. */
export function put(name, value) {
  type(document.querySelector(`#do-${name} :is(input, textarea)`), JSON.stringify({ ...value, lang: language }));
}

export function type(box, words) {
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Lets `handle` have every reply of an event that the script did not send. */
export function listen(name, handle) {
  handlers.set(name, handle);
}

/** Lets `handle` know of a question that the server has no place for, instead of Gradio, which
 * would say so in English and out of the conversation.
 */
export function refused(handle) {
  const send = window.fetch;
  window.fetch = async (...request) => {
    const response = await send(...request);
    if (response.status !== 503 || !response.headers.has("Retry-After")) return response;
    handle();
    return Response.json({ detail: [] }, { status: 422 }); // nothing is wrong with the input
  };
}

/** The value that a reply carries for the script. */
export function data(part) {
  return JSON.parse(part.querySelector(".data").textContent);
}

function collect() {
  for (const reply of document.querySelectorAll("#bridge .reply:not([data-seen])")) {
    reply.dataset.seen = "";
    const part = document.createDocumentFragment();
    part.append(...reply.childNodes);
    const name = reply.id.split("-")[0];
    const resolve = waiting.get(reply.id) ?? handlers.get(name);
    waiting.delete(reply.id);
    resolve?.(part);
  }
}

/** Keeps the promise as soon as the page is there, with all its parts. */
export function ready(parts) {
  return new Promise((resolve) => {
    const look = () => {
      const there = [...parts.map((id) => `#${id}`), "#words .data", "#question textarea", "#do-context :is(input, textarea)"];
      if (!there.every((one) => document.querySelector(one))) return false;
      resolve();
      return true;
    };
    if (look()) return;
    const observer = new MutationObserver(() => look() && observer.disconnect());
    observer.observe(document.body, { childList: true, subtree: true });
  });
}

export function start() {
  new MutationObserver(collect).observe(byId("bridge"), { childList: true, subtree: true });
  collect();
}
