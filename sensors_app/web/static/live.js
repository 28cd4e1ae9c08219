// Keeps the page as things are, without a reload. Everything works without it, by links and forms.
const root = document.body.dataset.root;
const POLL_MS = 5000;
const REFRESH_MS = 1000;
const STALE_MS = 60000;

// ---- times: how long ago, and in UTC or as here

// With a part of a second all other parts must be asked for, too. Swedish writes them largest first.
const TWO = "2-digit";
const WHOLE = { year: "numeric", month: TWO, day: TWO, hour: TWO, minute: TWO, second: TWO, fractionalSecondDigits: 3 };

const utc = () => localStorage.getItem("zone") === "utc";

function long(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

const written = (at) => at.toLocaleString("sv-SE", utc() ? { ...WHOLE, timeZone: "UTC" } : WHOLE).replace(",", ".");

function showTimes(within = document) {
  for (const each of within.querySelectorAll("svg text[data-at]")) {
    each.textContent = written(new Date(each.dataset.at)).slice(11, 16);
  }
  for (const each of within.querySelectorAll("time[datetime]")) {
    const at = new Date(each.dateTime);
    const full = written(at);
    each.title = `${full} ${utc() ? "UTC" : "here"}`;
    if (each.dataset.show === "ago") each.textContent = `${long(Date.now() - at)} ago`;
    else if (each.dataset.show === "in") each.textContent = at > Date.now() ? `in ${long(at - Date.now())}` : "now";
    else if (each.dataset.show === "clock") each.textContent = full.slice(11);
    else each.textContent = full;
  }
}

// What hovering over a picture shows begins with a time; there are hundreds, and one is read.
document.addEventListener("pointerover", ({ target }) => {
  const title = target.closest?.("svg a")?.querySelector("title[data-at]");
  if (!title) return;
  const clock = written(new Date(title.dataset.at)).slice(11);
  title.textContent = title.textContent.replace(/^[\d:.]+( UTC)?/, utc() ? `${clock} UTC` : clock);
});

const zone = document.getElementById("zone");
if (zone) {
  zone.hidden = false;
  const say = () => { zone.textContent = utc() ? "UTC" : "local time"; };
  zone.onclick = () => { localStorage.setItem("zone", utc() ? "here" : "utc"); say(); showTimes(); };
  say();
}
setInterval(showTimes, 1000);
showTimes();

// ---- the page: rows that came by the stream, or all of it, read again

function isBusy() {
  const at = document.activeElement;
  const writes = at && at.closest("main") && at.matches("input:not([type=checkbox]), textarea, select");
  return Boolean(writes || document.querySelector("main details[open][data-hold]"));
}

const FILTERED_MS = 2000;
let filtering = null;

function showRows(rows) {
  for (const { label, html } of rows) {
    const old = document.querySelector(`tr[data-label="${CSS.escape(label)}"]`);
    if (!old) {
      // A filter by status may accept it by now; without one it is on another page, and stays there.
      if (/status(:|%3A)/i.test(location.search)) {
        filtering ??= setTimeout(() => { filtering = null; refresh(); }, FILTERED_MS);
      }
      continue;
    }
    const made = document.createElement("tbody");
    made.innerHTML = html;
    const fresh = made.firstElementChild;
    const box = fresh.querySelector("input[type=checkbox]");
    if (box) box.checked = old.querySelector("input[type=checkbox]")?.checked ?? false;
    const hadFocus = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (hadFocus) fresh.querySelector("button.switch")?.focus();
    showTimes(fresh);
  }
}

let last = 0;
let waiting = null;

async function refresh() {
  const soon = last + REFRESH_MS - Date.now();
  if (waiting || soon > 0 || isBusy() || document.hidden) {
    waiting ??= setTimeout(() => { waiting = null; refresh(); }, Math.max(soon, 300));
    return;
  }
  last = Date.now();
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (isBusy()) return;
  const open = [...document.querySelectorAll("main details[open][id]")].map((each) => each.id);
  const chosen = new Set([...document.querySelectorAll("td input:checked")].map((each) => each.value));
  const atEnd = scrollY > 0 && innerHeight + scrollY >= document.body.scrollHeight - 60;
  for (const id of ["main", "banner"]) {
    const fresh = page.getElementById(id);
    if (fresh) document.getElementById(id).replaceChildren(...fresh.childNodes);
  }
  topics = new Set(topicsOf(page));
  open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  document.querySelectorAll("td input[type=checkbox]").forEach((each) => { each.checked = chosen.has(each.value); });
  showTimes();
  if (atEnd && document.querySelector("main [data-tail]")) scrollTo(0, document.body.scrollHeight);
}

// ---- the stream

const badge = document.getElementById("badge");
const topicsOf = (page) => page.body.dataset.topics.split(/\s+/).filter(Boolean);
let topics = new Set(topicsOf(document));
let state = "off";

function become(next) {
  if (state === "stale" && next === "live") refresh();
  state = next;
  if (!badge) return;
  badge.dataset.state = next;
  badge.textContent = next;
}

// The page was made after one message, and other tabs may have had more since: nobody repeats those.
let made = document.body.dataset.last;

function take({ type, state: next, data, last: heard }) {
  if (type === "state") {
    become(next);
    if (made !== null && heard !== null && heard !== made) refresh();
    made = null;
  }
  else if (type === "rows" && topics.has("rows")) showRows(data);
  else if (type === "topics" && data.some((topic) => topics.has(topic))) refresh();
  else if (type === "resync") refresh();
}

const url = `${root}/live?after=${document.body.dataset.last}`;
if (topics.size && window.SharedWorker) {
  const { port } = new SharedWorker(`${root}/static/live-worker.js`);
  port.onmessage = ({ data }) => take(data);
  port.postMessage({ url });
  addEventListener("pagehide", () => port.postMessage({ close: true }));
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
} else if (topics.size && window.EventSource) {
  const source = new EventSource(url);
  source.onopen = () => become("live");
  source.onerror = () => become("stale");
  for (const type of ["rows", "topics", "resync"]) {
    source.addEventListener(type, (event) => take({ type, data: JSON.parse(event.data) }));
  }
}
setInterval(() => { if (topics.size && state !== "live") refresh(); }, POLL_MS);
// What no message tells: heartbeats, say. A page may want to know sooner.
const every = Number(document.body.dataset.every) || STALE_MS;
setInterval(() => { if (topics.size && Date.now() - last >= every) refresh(); }, every);

// ---- small comforts

addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    const search = document.querySelector("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  }
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-quiet]");
  if (!form) return;
  event.preventDefault();
  const button = event.submitter;
  const body = new URLSearchParams(new FormData(form, button));
  button.disabled = true;
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  button.disabled = false;
  if (!answer?.ok) { form.removeAttribute("data-quiet"); form.requestSubmit(button); return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const row = form.closest("tr[data-label]");
  const fresh = row && page.querySelector(`tr[data-label="${CSS.escape(row.dataset.label)}"]`);
  if (fresh) { row.replaceWith(document.adoptNode(fresh)); showTimes(); } else { last = 0; refresh(); }
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("input[data-all]")) return;
  for (const box of document.querySelectorAll("td input[type=checkbox]")) box.checked = event.target.checked;
});
