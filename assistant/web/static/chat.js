// A citation's link brings its quote into view in the reading panel; nothing else needs a script.
"use strict";
(() => {
  let source = null; // the link that was followed, to go back to
  let latest = ""; // the newest turn that was scrolled to
  const byId = (id) => document.getElementById(id);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = matchMedia("(max-width: 900px)");
  const glide = () => (still.matches ? "auto" : "smooth");

  /** Shows the passages of one turn and hides those of the others. */
  function open(turn) {
    for (const part of document.querySelectorAll("#readings > .turn")) {
      part.classList.toggle("shown", part.id === `r${turn}`);
    }
  }

  /** Scrolls to a quote: with the head of its card where both fit on the screen. */
  function reveal(place, behavior) {
    if (narrow.matches) {
      place.scrollIntoView({ block: "center", behavior });
      return;
    }
    const panel = byId("reading");
    const top = panel.getBoundingClientRect().top - panel.scrollTop;
    const card = place.closest(".card").getBoundingClientRect().top - top - 22;
    const quote = place.getBoundingClientRect().top - top;
    const fits = quote - card < panel.clientHeight - 90;
    const head = card < 60 ? 0 : card;
    panel.scrollTo({ top: fits ? head : quote - panel.clientHeight / 2, behavior });
  }

  function follow(link) {
    const name = link.getAttribute("href").slice(1);
    open(/^t(\d+)/.exec(name)[1]);
    const place = byId(name);
    if (!place) return;
    for (const old of document.querySelectorAll(".active")) old.classList.remove("active");
    for (const mark of document.getElementsByClassName(name)) mark.classList.add("active");
    place.classList.add("active");
    source = link;
    place.focus({ preventScroll: true });
    reveal(place, glide());
  }

  function back() {
    if (!source?.isConnected) return;
    source.focus({ preventScroll: true });
    source.scrollIntoView({ block: "center", behavior: glide() });
  }

  function edit(words) {
    const box = document.querySelector("#question textarea");
    box.value = words;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }

  /** After each change: the newest turn in sight, its passages open at the first quote. */
  function settle() {
    byId("voice")?.setAttribute("role", "status");
    byId("conversation")?.setAttribute("aria-label", "Conversation");
    byId("reading")?.setAttribute("aria-label", "Passages");
    for (const id of ["conversation", "reading"]) byId(id)?.setAttribute("role", "region");
    document.querySelector("#question button")?.setAttribute("aria-label", "Ask");
    const turn = document.querySelector("#turns > .turn:last-child");
    const state = turn ? `${turn.id} ${turn.querySelector(".said").className}` : "";
    if (state === latest) return;
    latest = state;
    if (!turn) return;
    turn.scrollIntoView({ block: narrow.matches ? "nearest" : "start" });
    if (turn.querySelector(".pending")) return;
    open(turn.id.slice(1));
    byId("reading").scrollTop = 0;
    const first = document.querySelector("#readings .shown .text .badge");
    if (first && !narrow.matches) reveal(first, "auto");
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#turns a[href^='#t']");
    if (link) {
      event.preventDefault();
      follow(link);
    } else if (event.target.closest("button.back")) {
      back();
    } else if (event.target.closest("button.fill")) {
      edit(event.target.closest("button.fill").textContent);
    } else if (event.target.closest("#fresh")) {
      document.querySelector("#question textarea").focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("#reading")) back();
  });
  new MutationObserver(settle).observe(document.body, { childList: true, subtree: true });
  settle();
})();
