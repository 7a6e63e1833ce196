package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/durabench/durabench/refimpl/text"
)

// oldEdits is how many edits a document remembers.
const oldEdits = 1000

// drawDocument has members write who are behind each other: an edit rests on any version since the
// last one that its writer sent, so edits cross though the steps go one by one.
func drawDocument(r *rand.Rand, n int) []step {
	d := &documentDraw{r: r, texts: []string{""}, many: pick(r, 3, 3, 100)}
	d.join()
	for range n {
		m := pick(r, d.present...)
		switch choice := r.IntN(16); {
		case choice == 0 && len(d.present) < 4:
			d.join()
		case choice == 1 && len(d.present) > 1:
			d.leave(m)
		case choice == 2:
			d.say(m, m.name, 1, pick(r, `{"type":"text"}`, `{"type":"text","base":null}`, "no JSON", `{"type":"edit","base":"x"}`, `[]`))
		case choice == 3:
			d.cursor(m)
		case choice == 4 && m.accepted != "": // known, or too old by now: told to the writer alone
			d.say(m, m.name, 1, m.accepted)
		case choice == 5:
			d.say(m, m.name, 1, d.wrong())
		default:
			d.edit(m)
		}
	}
	d.steps = append(d.steps, must("raw GET /doc/{d}/text"), must("raw GET /doc/{d}/changes?since=%d", d.version()/2),
		must("raw GET /doc/{d}/changes?since=%d", d.oldest()))
	together := fmt.Sprintf("x%d,y%d,z%d", r.Uint32(), r.Uint32(), r.Uint32())
	return append(d.steps, must("write /doc/{d} %s 20", together))
}

// documentDraw keeps the books of a document while its story is drawn.
type documentDraw struct {
	r       *rand.Rand
	steps   []step
	present []*documentMember
	joined  int
	texts   []string    // by version
	log     []text.Edit // the edit of version 1 first
	made    int
	many    int // edits in one frame, at most
}

type documentMember struct {
	name     string
	known    int    // version that its next edit may rest on
	accepted string // a frame that was ordered
}

func (d *documentDraw) version() int { return len(d.log) }
func (d *documentDraw) oldest() int  { return max(0, len(d.log)-oldEdits) }

// say sends a frame, and hears what it is answered with: by its sender, or by all if nobody is named.
func (d *documentDraw) say(from *documentMember, to string, frames int, frame string) {
	quoted, err := json.Marshal(frame)
	if err != nil {
		panic(err)
	}
	d.steps = append(d.steps, must("send %s %s", from.name, quoted))
	d.hear(to, frames)
}

func (d *documentDraw) hear(to string, frames int) {
	for _, m := range d.present {
		if frames > 0 && (to == "" || to == m.name) {
			d.steps = append(d.steps, must("take %s %d", m.name, frames))
		}
	}
}

// join comes with a version that is known, is not, or without one.
func (d *documentDraw) join() {
	m := &documentMember{name: fmt.Sprintf("m%d", d.joined), known: d.version()}
	d.joined++
	since := pick(d.r, "", "", fmt.Sprintf("&since=%d", d.r.IntN(d.version()+2)))
	d.steps = append(d.steps, must("open %s /doc/{d}/ws?userId=%s%s", m.name, m.name, since), must("take %s 2", m.name))
	d.hear("", 1)
	d.present = append(d.present, m)
}

func (d *documentDraw) leave(m *documentMember) {
	d.steps = append(d.steps, must("close %s 1000 bye", m.name))
	d.present = slices.DeleteFunc(d.present, func(other *documentMember) bool { return other == m })
	d.hear("", 1)
}

// cursor points anywhere; one below zero is told to nobody.
func (d *documentDraw) cursor(m *documentMember) {
	position := d.r.IntN(30) - 2
	heard := min(1, max(0, position+1))
	d.say(m, "", heard, fmt.Sprintf(`{"type":"cursor","base":%d,"position":%d}`, d.base(m), position))
}

// base is any version from what the member knows on, and within the log.
func (d *documentDraw) base(m *documentMember) int {
	m.known = max(m.known, d.oldest())
	m.known += d.r.IntN(d.version() - m.known + 1)
	return m.known
}

func (d *documentDraw) edit(m *documentMember) {
	base := d.base(m)
	seen := d.texts[base]
	edits := make([]text.Edit, 1+d.r.IntN(d.many))
	for i := range edits {
		edits[i] = d.change(seen)
		seen = d.applied(edits[i], seen)
	}
	asked := map[string]any{"type": "edit", "base": base, "edits": edits}
	heard := 1
	if d.r.IntN(4) == 0 {
		asked["cursor"] = d.r.IntN(20)
		heard = 2
	}
	frame, err := json.Marshal(asked)
	if err == nil {
		err = json.Unmarshal(frame, &struct{ Edits *[]text.Edit }{&edits}) // in their one form, as the document reads them
	}
	if err != nil {
		panic(err)
	}
	for _, e := range text.RebaseAll(d.log[base:], edits) {
		d.texts = append(d.texts, d.applied(e, d.texts[d.version()]))
		d.log = append(d.log, e)
	}
	m.accepted = string(frame)
	d.say(m, "", heard, m.accepted)
}

// applied panics where the drawing itself is wrong.
func (d *documentDraw) applied(e text.Edit, to string) string {
	after, err := e.Change.Apply(to)
	if err != nil {
		panic(err)
	}
	return after
}

// change draws one of several spans, so that crossing edits meet in all ways.
func (d *documentDraw) change(of string) text.Edit {
	d.made++
	var change text.Change
	for left, spans := utf8.RuneCountInString(of), 1+d.r.IntN(5); len(change) < spans; {
		n := 1 + d.r.IntN(4)
		switch d.r.IntN(5) {
		case 0, 1:
			change = append(change, text.Span{Add: pick(d.r, "a", "é", "😀b", "<&>", "\u2028", strings.Repeat("z", n))})
			continue
		case 2:
			n = min(n, left)
			change = append(change, text.Span{Drop: n})
		default:
			n = min(n*3, left)
			change = append(change, text.Span{Keep: n})
		}
		left -= n
	}
	change = slices.DeleteFunc(change, func(s text.Span) bool { return s == text.Span{} })
	return text.Edit{ID: fmt.Sprintf("e%d", d.made), Change: change}
}

// wrong is a frame with edits that are refused.
func (d *documentDraw) wrong() string {
	v := d.version()
	beyond := utf8.RuneCountInString(d.texts[v]) + 1
	return pick(d.r, fmt.Sprintf(`{"type":"edit","base":%d,"edits":[{"id":"x","ops":["a"]}]}`, v+1),
		fmt.Sprintf(`{"type":"edit","base":%d,"edits":[{"id":"x","ops":["a"]},{"id":"y","ops":[%d,-1]}]}`, v, beyond+1),
		fmt.Sprintf(`{"type":"edit","base":%d,"edits":[{"id":"","ops":[]}]}`, v),
		fmt.Sprintf(`{"type":"edit","base":%d,"edits":[%s{"id":"x","ops":[]}]}`, v, strings.Repeat(`{"id":"x","ops":[]},`, 100)))
}
