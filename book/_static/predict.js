// Checks what a reader types into a question (book/_ext/predict.py writes its form, with all words as data attributes).
(() => {
  const BRACKETS = { "(": ")", "[": "]", "{": "}" };
  const THOUSANDS = /(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])/g;

  const bracketed = (text) => text.length > 1 && BRACKETS[text[0]] === text.at(-1);

  function bare(text) {
    let inner = text.replace(/\s+/g, "");
    while (bracketed(inner)) inner = inner.slice(1, -1);
    return inner.replace(/,$/, ""); // (64,) has one entry
  }

  // All that a text can mean. "64,512" is a number or the two entries of a shape; in brackets an answer is a shape.
  function readings(text, isAnswer) {
    const plain = text.normalize("NFKC").toLowerCase().replace(/["'`´“”„‘’]/g, "").replace(/\u2212/g, "-").trim();
    const found = [bare(plain)];
    if (!isAnswer || !bracketed(plain)) found.push(bare(plain.replace(THOUSANDS, (number) => number.replaceAll(",", ""))));
    return found;
  }

  function isRight(typed, answer) {
    const meant = readings(typed, false);
    return answer.split(" | ").some((one) => readings(one, true).some((reading) => meant.includes(reading)));
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".predict-form").forEach((form) => {
      const [input, output] = [form.querySelector("input"), form.querySelector("output")];
      form.hidden = false;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const outcome = !input.value.trim() ? "empty" : isRight(input.value, form.dataset.answer) ? "right" : "wrong";
        form.dataset.outcome = outcome;
        output.textContent = form.dataset[outcome];
        if (outcome === "right") form.parentElement.querySelector(".predict-answer").open = true;
        else input.focus();
      });
      input.addEventListener("input", () => {
        delete form.dataset.outcome;
        output.textContent = "";
      });
    });
  });
})();
