// What is wider than its place (summaries, drawings, tables, code, formulas) scrolls in a box of its own. Such a box is
// marked while there is more to see: `more-right` or `more-left` on a wrapper, to which book.css gives an arrow and a
// fading edge. It takes the keyboard focus, so that the arrow keys scroll it.
(() => {
  const SCROLLERS = ".drawing, .output pre, .highlight pre, .pst-scrollable-table-container, div.math, mjx-container[display=true]";

  function mark(box) {
    const beyond = box.scrollWidth - box.clientWidth;
    const wrapper = box.parentElement.classList.contains("scroll-cue") ? box.parentElement : null;
    if (beyond <= 2 && !wrapper) return;
    const cue = wrapper || wrap(box);
    cue.classList.toggle("more-right", beyond - box.scrollLeft > 2);
    cue.classList.toggle("more-left", beyond > 2 && box.scrollLeft > 2);
    if (beyond > 2) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }

  function wrap(box) {
    const cue = document.createElement("div");
    cue.className = "scroll-cue";
    box.replaceWith(cue);
    cue.append(box);
    box.addEventListener("scroll", () => mark(box), { passive: true });
    return cue;
  }

  document.addEventListener("DOMContentLoaded", () => {
    const sizes = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
    const watch = () => document.querySelectorAll(SCROLLERS).forEach((box) => sizes.observe(box));
    watch();
    // Formulas are boxes only once MathJax, which loads after this, has set them.
    window.addEventListener("load", () => window.MathJax?.startup?.promise.then(watch));
  });
})();

// Paper is white, and nobody can unfold it: print in the light theme with every box open, then restore both.
(() => {
  const page = document.documentElement;
  let theme, folded;
  matchMedia("print").addEventListener("change", (print) => {
    if (print.matches) {
      theme = page.dataset.theme;
      folded = [...document.querySelectorAll("details:not([open])")];
      page.dataset.theme = "light";
    } else {
      page.dataset.theme = theme;
    }
    folded.forEach((box) => { box.open = print.matches; });
  });
})();
