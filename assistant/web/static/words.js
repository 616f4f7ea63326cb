// The interface's words in the browser's language, and elements made of them.
import { byId, data, language } from "./bridge.js";

let texts;

/** The words for a key, with values put in: see i18n.py. */
export function say(key, values = {}) {
  texts ??= data(byId("words"))[language];
  const one = values.count === 1 && texts[`${key}_one`];
  return (one || texts[key]).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** An element: make("button", {class: "x", onclick: f}, "words", child…). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (tag === "button") element.type = "button";
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A button that shows a sign and says its name. */
export function sign(kind, label, onclick) {
  return make("button", { class: `sign ${kind}`, "aria-label": label, title: label, onclick }, make("span", { class: "icon" }));
}

let fading;
/** Says a line, seen and read aloud. */
export function tell(line) {
  const toast = byId("toast") ?? document.body.appendChild(make("div", { id: "toast", role: "status" }));
  toast.textContent = line;
  toast.classList.add("shown");
  clearTimeout(fading);
  fading = setTimeout(() => toast.classList.remove("shown"), 5000);
}

/** A dialog over the page. `fields` are elements; kept with true for its main button, else false. */
export function dialog(title, fields, action, dangerous = false) {
  return new Promise((resolve) => {
    const close = (value) => {
      box.close();
      box.remove();
      resolve(value);
    };
    const main = make("button", { class: dangerous ? "main dangerous" : "main", onclick: () => close(true) }, action);
    const box = make(
      "dialog",
      { id: "dialog", "aria-labelledby": "dialog-title", oncancel: (event) => { event.preventDefault(); close(false); } },
      make("h2", { id: "dialog-title" }, title),
      ...fields,
      make("p", { class: "buttons" }, make("button", { onclick: () => close(false) }, say("cancel")), main),
    );
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input[type=text]")) return;
      event.preventDefault(); // the button that gets the focus back is not to be pressed by it
      close(true);
    });
    document.body.append(box);
    box.showModal();
    (box.querySelector("input, textarea") ?? main).focus();
  });
}
