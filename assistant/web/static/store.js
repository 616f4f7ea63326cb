// Conversations in this browser's own storage: no other user, and not the server, keeps them.

const CONVERSATIONS = 100;
const TURNS = 50; // of a conversation, as in conversations.py
const BYTES = 400_000; // of a conversation: it is sent, twice over, to be checked when it is opened

/** What a browser that keeps nothing gives instead of its storage. */
class Memory extends Map {
  getItem(key) { return this.get(key) ?? null; }
  setItem(key, value) { this.set(key, value); }
  removeItem(key) { this.delete(key); }
}

function storage() {
  try {
    localStorage.setItem("assistant:try", "");
    localStorage.removeItem("assistant:try");
    return localStorage;
  } catch {
    return new Memory();
  }
}

export const kept = storage();

/** A conversation: {id, title, named (by hand), at}; its turns: [{asked, answer}]. */
export class Store {
  #removed = new Set(); // an answer that is still on its way does not bring them back

  constructor(user, onfull) {
    this.prefix = `assistant:${user}:`;
    this.onfull = onfull;
  }

  list() {
    const list = this.#read("list");
    return Array.isArray(list) ? list.filter((one) => typeof one?.id === "string") : [];
  }

  get open() {
    return this.#read("open");
  }

  set open(id) {
    this.#write("open", id);
  }

  turns(id) {
    const turns = this.#read(`turns:${id}`);
    return Array.isArray(turns) ? turns : [];
  }

  /** Adds a turn, and the conversation with its first one, unless that was removed. */
  add(id, turn) {
    if (this.#removed.has(id)) return;
    const turns = [...this.turns(id), turn].slice(-TURNS);
    while (turns.length > 1 && new Blob([JSON.stringify(turns)]).size > BYTES) turns.shift();
    const list = this.list();
    const known = list.find((one) => one.id === id) ?? { id, title: turn.asked.trim().slice(0, 120), named: false };
    const rest = list.filter((one) => one.id !== id);
    for (const old of rest.splice(CONVERSATIONS - 1)) kept.removeItem(`${this.prefix}turns:${old.id}`);
    this.#write("list", [{ ...known, at: Date.now() }, ...rest]);
    this.#write(`turns:${id}`, turns);
  }

  rename(id, title) {
    this.#write("list", this.list().map((one) => (one.id === id ? { ...one, title, named: true } : one)));
  }

  remove(id) {
    this.#removed.add(id);
    this.#write("list", this.list().filter((one) => one.id !== id));
    kept.removeItem(`${this.prefix}turns:${id}`);
  }

  #read(key) {
    try {
      return JSON.parse(kept.getItem(this.prefix + key));
    } catch {
      return null;
    }
  }

  #write(key, value) {
    for (;;) {
      try {
        kept.setItem(this.prefix + key, JSON.stringify(value));
        return;
      } catch { // full: the oldest conversation makes room
        const oldest = this.list().at(-1);
        if (!oldest || `turns:${oldest.id}` === key) return;
        kept.removeItem(`${this.prefix}turns:${oldest.id}`);
        const list = this.list().filter((one) => one.id !== oldest.id);
        if (key === "list") value = value.filter((one) => one.id !== oldest.id);
        kept.setItem(`${this.prefix}list`, JSON.stringify(list));
        this.onfull();
      }
    }
  }
}
