// What tools/browser.py asks an opened page. An expression: an object of functions, each runs in the page.
({
  // Open what is folded, so that it is looked at too, and wait for pictures and formulas.
  settle: async () => {
    document.querySelectorAll("details").forEach((box) => { box.open = true; });
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
    await new Promise((done) => setTimeout(done, 200));
  },

  // What is wrong with the page at its present width and theme: a list of sentences.
  measure: () => {
    const problems = [];
    const width = document.documentElement.clientWidth;

    const shown = (item) => item.getClientRects().length > 0
      && item.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const name = (item) => {
      const words = (item.getAttribute("alt") || item.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
      const classes = [...item.classList].slice(0, 2).map((word) => "." + word).join("");
      return item.tagName.toLowerCase() + classes + (words ? ` "${words}"` : "");
    };
    const overflow = (item) => getComputedStyle(item).overflowX;
    const scrolls = (box) => ["auto", "scroll"].includes(overflow(box)) && box.scrollWidth > box.clientWidth + 2;
    const ancestors = (item) => {
      const found = [];
      for (let box = item.parentElement; box && box !== document.body; box = box.parentElement) found.push(box);
      return found;
    };

    // Where an item ends on the right; text may run out of its box.
    const end = (item) => {
      const box = item.getBoundingClientRect();
      return overflow(item) === "visible" && item.clientWidth ? Math.max(box.right, box.left + item.scrollWidth) : box.right;
    };

    // The page scrolls down only.
    const beyond = document.documentElement.scrollWidth - width;
    if (beyond > 0) {
      const wide = [...document.querySelectorAll("body *")].filter((item) => shown(item)
        && end(item) > width + 1 && !ancestors(item).some(scrolls)).at(-1);
      problems.push(`the page scrolls sideways by ${beyond} px${wide ? `, for instance at ${name(wide)}` : ""}`);
    }

    // What is wide scrolls in a box of its own, with a sign that there is more, and nothing is cut off.
    for (const item of document.querySelectorAll("article img, article svg, article pre, article table")) {
      const around = ancestors(item);
      if (!shown(item) || scrolls(item) || around.some(scrolls)) continue;
      const right = end(item);
      if (right > width + 1) problems.push(`${name(item)} is wider than the window and does not scroll`);
      const clipped = around.some((box) => ["hidden", "clip"].includes(overflow(box))
        && right > box.getBoundingClientRect().right + 1);
      const clips = item.tagName === "PRE" && overflow(item) !== "visible" && item.scrollWidth > item.clientWidth + 2;
      if (clipped || clips) problems.push(`${name(item)} is cut off on the right`);
    }
    for (const box of document.querySelectorAll("article *")) {
      if (shown(box) && box.clientWidth && scrolls(box) && !box.parentElement.matches(".scroll-cue.more-right"))
        problems.push(`${name(box)} scrolls sideways without a sign of it`);
    }

    // Pictures: shown, and described in words where they are part of the text.
    for (const image of document.images) {
      if (!shown(image)) continue;
      const file = image.src.startsWith("data:") ? "in the page" : image.src.split("/").pop();
      const alt = (image.getAttribute("alt") || "").trim();
      if (!image.naturalWidth) problems.push(`the picture ${file} could not be shown`);
      if (!image.hasAttribute("alt")) problems.push(`the picture ${file} has no alt text`);
      else if (image.closest("article") && (alt.split(/\s+/).length < 2 || /\.(svg|png|jpe?g|gif)$/i.test(alt)))
        problems.push(`the picture ${file} is not described in words: its alt text is "${alt.slice(0, 60)}"`);
    }

    for (const error of document.querySelectorAll("mjx-merror, [data-mjx-error]"))
      problems.push(`the formula "${error.textContent.trim().slice(0, 60)}" is not understood`);

    // Contrast of text, WCAG 2.2 section 1.4.3: 4.5 to 1; 3 to 1 for large text, 24 px or 18.66 px bold.
    const channels = (colour) => {
      const parts = colour.match(/[\d.]+/g).map(Number);
      const scale = colour.startsWith("color(") ? 255 : 1;
      return [parts[0] * scale, parts[1] * scale, parts[2] * scale, parts[3] ?? 1];
    };
    const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
    const luminance = (colour) => {
      const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
      const [red, green, blue] = colour.slice(0, 3).map((value) => linear(value / 255));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = (item) => [item, ...ancestors(item), document.body, document.documentElement].reverse()
      .map((box) => channels(getComputedStyle(box).backgroundColor))
      .reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
    const faint = new Map(); // one sentence for each pair of colours
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const item = texts.currentNode.parentElement;
      const text = texts.currentNode.textContent.trim();
      if (!/[\p{L}\p{N}]/u.test(text) || item.closest("script, style, noscript, svg, .skip-link") || !shown(item)) continue;
      const style = getComputedStyle(item);
      const below = ground(item);
      const [dark, light] = [luminance(over(channels(style.color), below)), luminance(below)].sort((a, b) => a - b);
      const contrast = (light + 0.05) / (dark + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
      if (contrast < (large ? 3 : 4.5))
        faint.set(`${style.color} ${below}`, `"${text.slice(0, 30)}" has a contrast of ${contrast.toFixed(2)} to 1`);
    }
    return problems.concat([...faint.values()]);
  },

  // What has the keyboard focus without showing it: a sentence, or nothing.
  focus: () => {
    const item = document.activeElement;
    if (!item || item === document.body) return null;
    const ring = (style) => style.outlineStyle === "auto" // the browser's own
      || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
    // A card is a link whose ::after covers it; a search field wears the ring on its form.
    const seen = ring(getComputedStyle(item)) || ring(getComputedStyle(item, "::after"))
      || (item.tagName === "INPUT" && item.form && ring(getComputedStyle(item.form)));
    const words = (item.getAttribute("aria-label") || item.textContent || item.title).trim().replace(/\s+/g, " ");
    return seen ? null : `the keyboard focus does not show on ${item.tagName.toLowerCase()} "${words.slice(0, 40)}"`;
  },

  // The texts of a Graphviz drawing that leave the smallest outline around their middle.
  overhang: () => [...document.querySelectorAll("g.node")].flatMap((node) => {
    const outlines = [...node.querySelectorAll("polygon")].map((outline) => outline.getBBox());
    return [...node.querySelectorAll("text")].flatMap((text) => {
      const words = text.textContent.trim();
      const box = text.getBBox();
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const [around] = outlines
        .filter((outline) => outline.x <= x && x <= outline.x + outline.width)
        .filter((outline) => outline.y <= y && y <= outline.y + outline.height)
        .sort((a, b) => a.width * a.height - b.width * b.height);
      if (!outlines.length || !words) return []; // plain text without a box
      if (!around) return [`"${words}" stands outside its box`];
      const out = Math.max(around.x - box.x, box.x + box.width - around.x - around.width);
      return out > 0.5 ? [`"${words}" leaves its box by ${out.toFixed(1)} points`] : [];
    });
  }),
})
