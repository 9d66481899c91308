// Keeps the list fresh while the day is played, and opens a mail beside it. Without it, mails open as pages of their own.
const people = document.getElementById("people");
const summary = document.getElementById("summary");
const letter = document.getElementById("letter");
const wide = matchMedia("(min-width: 861px)");
let chosen = "";

const get = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
};

const mark = () => {
  for (const link of people.querySelectorAll("[data-mail]")) {
    if (link.dataset.mail === chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
};

const open = async (mail) => {
  chosen = mail;
  letter.innerHTML = await get(`/mails/${mail}/part`);
  mark();
};

document.addEventListener("click", (event) => {
  const tab = event.target.closest(".letter nav a");
  if (tab) {
    for (const other of tab.parentElement.children) other.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "true");
  }
  const link = event.target.closest("[data-mail]");
  if (link && letter && wide.matches && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    open(link.dataset.mail);
  }
});

const refresh = async () => {
  try {
    const [list, figures] = await Promise.all([get("/people"), get("/summary")]);
    if (people.dataset.seen !== list) {
      people.dataset.seen = list;
      people.innerHTML = list;
      mark();
      const first = people.querySelector("[data-mail]");
      if (!chosen && first && wide.matches) open(first.dataset.mail);
    }
    summary.innerHTML = figures;
  } catch {
    // The demo was stopped; what was shown stays.
    return;
  }
  setTimeout(refresh, 1500);
};
if (people) refresh();
