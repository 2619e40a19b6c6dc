// Before anything is drawn: the chosen theme, if one was chosen; else the system's (see ui.css). And: scripts do run.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch { /* storage is switched off: the system's theme it is */ }
})();
