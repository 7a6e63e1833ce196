// Changes of a text, and how two that crossed are brought into one order. A change goes through a
// text from its beginning: a number keeps so many code points, a negative one drops, a string adds.

const most = 1 << 20; // bytes of a text, and points of a span
const mostSpans = 1000;

export const points = (text) => Array.from(text);

const encoder = new TextEncoder();

export const bytes = (text) => encoder.encode(text).length;

const adds = (span) => typeof span === "string";

// Writer takes a change span by span, and gives it in its one form: neighbours differ in kind, what is
// added stands before what is dropped, and the end is not kept.
class Writer {
  spans = [];

  length(n) {
    if (n === 0) return;
    const last = this.spans.at(-1);
    if (typeof last === "number" && Math.sign(last) === Math.sign(n)) this.spans[this.spans.length - 1] += n;
    else this.spans.push(n);
  }

  add(text) {
    const dropped = this.spans.at(-1) < 0 ? [this.spans.pop()] : [];
    if (adds(this.spans.at(-1))) text = this.spans.pop() + text;
    this.spans.push(text, ...dropped);
  }

  done() {
    if (this.spans.at(-1) > 0) this.spans.pop();
    return this.spans;
  }
}

// read is the change that a member sent; it throws at what is none.
export function read(sent) {
  if (sent === null) return [];
  if (!Array.isArray(sent) || sent.length > mostSpans) throw new Error("not a change");
  const change = new Writer();
  for (const span of sent) {
    if (adds(span) && span !== "") change.add(span.toWellFormed());
    else if (Number.isInteger(span) && span !== 0 && Math.abs(span) <= most) change.length(span);
    else throw new Error("not a span");
  }
  return change.done();
}

// apply gives the text after a change.
export function apply(change, text) {
  const before = points(text);
  const after = [];
  let at = 0;
  for (const span of change) {
    if (adds(span)) {
      after.push(span);
      continue;
    }
    const end = at + Math.abs(span);
    if (end > before.length) throw new Error("change reaches beyond the end of the text");
    if (span > 0) after.push(before.slice(at, end).join(""));
    at = end;
  }
  const whole = after.join("") + before.slice(at).join("");
  if (bytes(whole) > most) throw new Error("text too long");
  return whole;
}

// cursor is where a position is after a change; what is added just there comes before it.
export function cursor(change, position) {
  let passed = 0;
  let moved = position;
  for (const span of change) {
    if (passed > position) break;
    if (adds(span)) {
      moved += points(span).length;
      continue;
    }
    if (span < 0) moved -= Math.min(-span, position - passed);
    passed += Math.abs(span);
  }
  return moved;
}

// over brings two changes of one text into an order: it gives the first as it is after the second,
// and the second as it is after the first. Where both add, the first's comes first.
export function over(first, second) {
  const [one, two] = [new Writer(), new Writer()];
  const [a, b] = [[...first], [...second]];
  while (a.length > 0 || b.length > 0) {
    if (adds(a[0])) {
      two.length(points(a[0]).length);
      one.add(a.shift());
    } else if (adds(b[0])) {
      one.length(points(b[0]).length);
      two.add(b.shift());
    } else {
      both(a, b, one, two);
    }
  }
  return [one.done(), two.done()];
}

// both takes what two lengths have in common; behind its end, a change keeps.
function both(a, b, one, two) {
  const n = Math.min(Math.abs(a[0] ?? Infinity), Math.abs(b[0] ?? Infinity));
  const take = (from) => {
    if (from.length === 0) return n;
    const taken = Math.sign(from[0]) * n;
    from[0] -= taken;
    if (from[0] === 0) from.shift();
    return taken;
  };
  const [x, y] = [take(a), take(b)];
  if (y > 0) one.length(x);
  if (x > 0) two.length(y);
}

// after brings edits that follow each other behind those that were ordered while they were made.
export function after(ordered, edits) {
  const changes = edits.map((edit) => edit.ops);
  for (let { ops } of ordered) {
    for (const i of changes.keys()) [ops, changes[i]] = over(ops, changes[i]);
  }
  return edits.map(({ id }, i) => ({ id, ops: changes[i] }));
}
