// A command can always be selected with one click (style: user-select: all);
// where scripts run, a button copies it.
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.previousElementSibling;
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    let copied = false;
    try {
      await navigator.clipboard.writeText(code.textContent);
      copied = true;
    } catch {
      try { copied = document.execCommand("copy"); } catch { copied = false; }
    }
    button.textContent = copied ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  });
}

// Tables that are wider than the page say so above their right edge, with how many columns are beyond it.
const telling = new ResizeObserver(boxes => { for (const { target } of boxes) tell(target); });
for (const box of document.querySelectorAll(".scroll")) {
  telling.observe(box);
  box.addEventListener("scroll", () => tell(box), { passive: true });
}
function tell(box) {
  let line = box.previousElementSibling;
  if (!line?.classList.contains("more")) {
    line = document.createElement("p");
    line.className = "more";
    box.before(line);
  }
  const edge = box.getBoundingClientRect().right + 1;
  const heads = [...box.querySelectorAll("thead th")];
  const beyond = heads.filter(head => head.getBoundingClientRect().right > edge).length;
  line.hidden = box.scrollWidth <= box.clientWidth + 1 || !heads.some(head => head.offsetWidth);
  line.textContent = beyond ? `${beyond} more ${beyond === 1 ? "column" : "columns"}: scroll →` : "← scroll back";
}
