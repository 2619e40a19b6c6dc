// Comforts on top of pages that work without them. No library but htmx; no inline code; texts come from data attributes.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector, within = document) => within.querySelector(selector);

  // --- Theme --------------------------------------------------------------------------------------------------------------
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);

  function showTheme() {
    for (const button of all("[data-theme-toggle]")) {
      const word = isDark() ? button.dataset.toLight : button.dataset.toDark;
      button.hidden = false;
      button.setAttribute("aria-label", word);
      button.title = word;
      one(".if-light", button).toggleAttribute("hidden", isDark());
      one(".if-dark", button).toggleAttribute("hidden", !isDark());
    }
  }

  function switchTheme() {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* kept for this page only */ }
    showTheme();
  }

  // --- Menus --------------------------------------------------------------------------------------------------------------
  function closeMenus(except) {
    for (const menu of all("details.dd[open]")) if (!menu.contains(except)) menu.open = false;
  }

  function toggleMenu(button) {
    const open = button.closest(".top").classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  }

  // --- Passwords ----------------------------------------------------------------------------------------------------------
  const RULES = {
    "min-length": (text, value) => [...text].length >= Number(value),
    upper: (text) => /\p{Lu}/u.test(text),
    lower: (text) => /\p{Ll}/u.test(text),
    digit: (text) => /\p{Nd}/u.test(text),
  };

  function togglePassword(button) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.textContent = show ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-label", show ? button.dataset.hideLabel : button.dataset.showLabel);
  }

  function tickRules(input) {
    for (const list of all(`[data-rules-for="${CSS.escape(input.id)}"]`)) {
      for (const item of all("[data-rule]", list)) {
        const rule = RULES[item.dataset.rule];
        if (!rule) continue;
        const met = rule(input.value, item.dataset.value);
        item.classList.toggle("met", met);
        one(".if-met", item).toggleAttribute("hidden", !met);
        one(".if-unmet", item).toggleAttribute("hidden", met);
        one("[data-said]", item).textContent = input.value ? (met ? list.dataset.met : list.dataset.unmet) : "";
      }
    }
  }

  // --- Lists --------------------------------------------------------------------------------------------------------------
  function countChosen(list) {
    const chosen = all("tbody .tick .check:checked", list).length;
    for (const place of all("[data-chosen]", list)) {
      place.textContent = chosen ? place.dataset.chosen.replace("{n}", chosen) : "";
    }
    const every = one("[data-check-all]", list);
    if (every) {
      const boxes = all("tbody .tick .check", list).length;
      every.checked = boxes > 0 && chosen === boxes;
      every.indeterminate = chosen > 0 && chosen < boxes;
    }
  }

  // Cards on a narrow screen are no table to a screen reader any more: say again what each part is.
  const narrow = matchMedia("(max-width: 48rem)");
  const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };

  function tableRoles() {
    for (const part of all("table.stack, table.stack :is(thead, tbody, tr, td, th)")) {
      const role = ROLES[part.tagName] ?? (part.scope === "row" ? "rowheader" : "columnheader");
      if (narrow.matches) part.setAttribute("role", role);
      else part.removeAttribute("role");
    }
  }

  // --- Help ---------------------------------------------------------------------------------------------------------------
  // Beside the page rather than in its place, so that what is typed stays, and the steps can be read while one does them.
  const panel = document.getElementById("help-panel");
  const wide = matchMedia("(min-width: 64rem)");
  let helpedFrom = null;

  async function openHelp(link) {
    if (!panel.contains(link)) helpedFrom = link;
    one("[data-help-page]", panel).href = link.href;
    one("[data-help-content]", panel).replaceChildren();
    panel.hidden = false;
    layOut();
    await htmx.ajax("GET", link.href, { target: "[data-help-content]", select: "#help-topic" });
    const topic = one("#help-topic", panel);
    if (topic) one("#help-title", panel).textContent = topic.dataset.title;
    one("#help-title", panel).focus();
  }

  function closeHelp() {
    panel.hidden = true;
    layOut();
    helpedFrom?.focus();
  }

  // On a narrow screen the panel covers the page, and nothing below it is to be reached.
  function layOut() {
    root.classList.toggle("helped", !panel.hidden);
    for (const part of all(".top, main, .foot")) part.inert = !panel.hidden && !wide.matches;
  }

  function isForPanel(event, link) {
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    return plain && panel && window.htmx && !one("main #help-topic") && (panel.contains(link) || link.closest(".top"));
  }

  // --- Listening ----------------------------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    closeMenus(event.target);
    const help = event.target.closest("a[data-help]");
    if (help && isForPanel(event, help)) {
      event.preventDefault();
      openHelp(help);
    }
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-theme-toggle]")) switchTheme();
    else if (button.matches("[data-menu-toggle]")) toggleMenu(button);
    else if (button.matches("[data-password-toggle]")) togglePassword(button);
    else if (button.matches("[data-help-close]")) closeHelp();
    else if (button.matches("[data-print]")) print();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.dd[open]");
    if (menu) {
      menu.open = false;
      one("summary", menu).focus();
    } else if (panel && !panel.hidden) closeHelp();
  });

  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest?.("details.dd[open]");
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches("input")) tickRules(event.target);
  });

  document.addEventListener("change", (event) => {
    const list = event.target.closest("[data-list]");
    if (!list) return;
    if (event.target.matches("[data-check-all]")) {
      for (const box of all("tbody .tick .check", list)) box.checked = event.target.checked;
    }
    countChosen(list);
  });

  // A form is sent once, however often its button is pressed; the page that comes back starts afresh.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-hx-post")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // Where a file comes, the page stays: a second press of a double click is none, a later one is.
    if (form.hasAttribute("data-download")) setTimeout(() => delete form.dataset.sent, 2000);
    // A form whose contents are kept when it is sent: Back then leads to what was typed, and not to an empty one.
    const keptAt = form.dataset.keptAt;
    if (keptAt && event.submitter?.name === "step") history.replaceState(history.state, "", keptAt);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // After a part of the page was replaced, who used the keyboard in it must not find himself at the top of the page; and
  // who did not is left where he is, for some parts are replaced every few seconds.
  let wasInIt = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    keepSame(event.detail);
    wasInIt = document.activeElement !== document.body && event.detail.target.contains(document.activeElement);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    start(event.target);
    sayFound(event.target);
    if (wasInIt && document.activeElement === document.body) one("[data-focus]", event.target)?.focus();
  });

  // What is looked for as one types: the same answer again replaces nothing, so that who has gone on to its links stays
  // there; and its number is said once, in a region of its own, rather than the whole of it at each letter.
  let found = null;
  function keepSame(detail) {
    if (!detail.target.hasAttribute("data-found-in")) return;
    detail.shouldSwap = detail.shouldSwap && detail.serverResponse !== found;
    if (detail.shouldSwap) found = detail.serverResponse;
  }

  function sayFound(part) {
    const region = document.getElementById(part.dataset?.foundIn);
    const said = one("[data-found]", part)?.dataset.found ?? "";
    if (region && region.textContent !== said) region.textContent = said;
  }

  function start(within = document) {
    all("[data-password-toggle], [data-print]", within).forEach((button) => { button.hidden = false; });
    all("[data-rules-for]", within).forEach((list) => {
      const input = document.getElementById(list.dataset.rulesFor);
      if (input) tickRules(input);
    });
    all("[data-list]", within).forEach(countChosen);
    tableRoles();
  }

  showTheme();
  dark.addEventListener("change", showTheme);
  narrow.addEventListener("change", tableRoles);
  if (panel) wide.addEventListener("change", layOut);
  start();
  one(".errors")?.focus();
})();
