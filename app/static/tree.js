// Entries of classification lists: searched as one types, and removed where the chosen ones stand. Without this the
// lists are there all the same, folded. Texts come from data attributes.
(() => {
  "use strict";
  const all = (selector, within) => [...within.querySelectorAll(selector)];
  const one = (selector, within) => within.querySelector(selector);

  // --- Words --------------------------------------------------------------------------------------------------------------
  // Without case and accents; and letters that some write as two, however they are written: "Aeros" finds Ærøs, and so
  // does "aros".
  const LETTERS = { æ: "a", ø: "o", ß: "s" };
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const bare = (text) => plain(text).replace(/[æøß]/g, (letter) => LETTERS[letter]);
  const fold = (text) => bare(text).replace(/a[ae]/g, "a").replace(/oe/g, "o").replace(/ue/g, "u").replace(/ss/g, "s");
  const fits = (words, text) => words.every((word) => text.includes(word));
  const wordsOf = (text) => fold(text).split(/\s+/).filter(Boolean);

  // --- The tree -----------------------------------------------------------------------------------------------------------
  // A branch is a list, or an entry: what it is called, what is to be hidden, what it unfolds, and the branches below it.
  function branch(item, label, unfolds, above) {
    const path = `${above} ${fold(label)}`;
    const below = unfolds ? all(":scope > ul > li", unfolds).map((entry) => entryBranch(entry, path)) : [];
    const box = one(":scope > .pick > .check", item);
    return { item, label, own: fold(label), path, unfolds, below, box, open: false };
  }

  function entryBranch(item, above) {
    return branch(item, one("label", item).textContent, one(":scope > details", item), above);
  }

  function branches(field) {
    return all("[data-branch]", field).map((list) => branch(list, one("[data-name]", list).textContent, list, ""));
  }

  const entries = (found) => found.flatMap((each) => [...(each.box ? [each] : []), ...entries(each.below)]);

  // How many fit. Those above one that fits are kept and unfolded; those below it are kept, folded as they were.
  function narrow(found, words, kept = false) {
    let count = 0;
    for (const each of found) {
      const hit = fits(words, each.path) && words.some((word) => fits([word], each.own));
      const below = narrow(each.below, words, kept || hit);
      each.item.hidden = !(kept || hit || below);
      if (each.unfolds) each.unfolds.open = below > 0;
      count += below + (hit && each.box ? 1 : 0);
    }
    return count;
  }

  function keepOpen(found) {
    for (const each of found) {
      if (each.unfolds) each.open = each.unfolds.open;
      keepOpen(each.below);
    }
  }

  function widen(found) {
    for (const each of found) {
      each.item.hidden = false;
      if (each.unfolds) each.unfolds.open = each.open;
      widen(each.below);
    }
  }

  // --- One field ----------------------------------------------------------------------------------------------------------
  const known = new WeakMap();

  function search(field) {
    const { found, state } = known.get(field);
    const words = wordsOf(one("[data-finder] .input", field).value);
    const said = one("[data-found]", field);
    if (!words.length) {
      if (state.searching) widen(found);
      state.searching = false;
      said.textContent = "";
      return;
    }
    if (!state.searching) keepOpen(found);
    state.searching = true;
    const count = narrow(found, words);
    const seen = found.some((list) => !list.item.hidden);
    if (count) said.textContent = count === 1 ? said.dataset.one : said.dataset.many.replace("{n}", count);
    else said.textContent = seen ? "" : said.dataset.none; // seen: the name of a list fits
  }

  function showChosen(field) {
    const { found } = known.get(field);
    const place = one("[data-chosen-entries]", field);
    const chosen = found.flatMap((list) => chosenBelow(list, list.label));
    one("ul", place).replaceChildren(...chosen.map(([each, path]) => line(each, path, place.dataset.remove)));
    place.hidden = !chosen.length;
    const words = one(".lists", field).dataset.someChosen;
    for (const list of found) {
      const count = entries([list]).filter((each) => each.box.checked).length;
      one("[data-count]", list.item).textContent = count ? words.replace("{n}", count) : "";
    }
  }

  function chosenBelow(above, path) {
    return above.below.flatMap((each) => [
      ...(each.box.checked ? [[each, path]] : []),
      ...chosenBelow(each, `${path} › ${each.label}`),
    ]);
  }

  function line(each, path, remove) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const under = document.createElement("span");
    const button = document.createElement("button");
    const what = document.createElement("span");
    const retired = one(":scope > .pick .hint", each.item)?.textContent;
    name.textContent = each.label;
    under.className = "sub";
    under.textContent = retired ? `${path} · ${retired}` : path;
    name.append(under);
    button.type = "button";
    button.className = "link";
    button.dataset.removes = each.box.id;
    button.textContent = remove;
    what.className = "visually-hidden";
    what.textContent = ` ${each.label}`;
    button.append(what);
    item.append(name, button);
    return item;
  }

  function remove(button) {
    const field = button.closest("[data-tree]");
    const buttons = all("[data-removes]", field);
    const place = buttons.indexOf(button);
    const box = document.getElementById(button.dataset.removes);
    box.checked = false;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    const left = all("[data-removes]", field);
    (left[place] ?? left[place - 1] ?? one("[data-finder] .input", field)).focus();
    const told = one("[data-told]", field);
    told.textContent = one("[data-chosen-entries]", field).dataset.removed.replace("{name}", box.labels[0].textContent);
  }

  function start() {
    for (const field of all("[data-tree]", document)) {
      if (!known.has(field)) known.set(field, { found: branches(field), state: { searching: false } });
      one("[data-finder]", field).hidden = false;
      showChosen(field);
      search(field);
    }
  }

  // --- Listening ----------------------------------------------------------------------------------------------------------
  const finderOf = (event) => event.target.closest?.("[data-tree] [data-finder] .input");

  document.addEventListener("input", (event) => {
    if (finderOf(event)) search(event.target.closest("[data-tree]"));
  });

  // Enter would send the whole form; the arrow leads on to the first that fits.
  document.addEventListener("keydown", (event) => {
    if (!finderOf(event)) return;
    if (event.key === "Enter") event.preventDefault();
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    const controls = all(".lists :is(.check, summary)", event.target.closest("[data-tree]"));
    controls.find((each) => each.checkVisibility())?.focus();
  });

  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-tree]");
    if (field && event.target.matches(".lists .check")) showChosen(field);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-removes]");
    if (button) remove(button);
  });

  addEventListener("pageshow", start); // a browser may have put back what was ticked
  document.addEventListener("htmx:afterSettle", start);
  start();
})();
