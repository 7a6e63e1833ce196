package check

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
)

// The laws of a document, but for its reach.
const (
	documentConverges = "document converges"
	documentOrder     = "document one order"
)

// DocumentConverges is the law that a version of a document is one text: every
// member that received the same edits has the same, and it is the object's own.
// A member's text holds its own edits where it made them, so what all agree on
// has the edits of all.
func DocumentConverges(p Params) Checker { return documentLaw(documentConverges, p) }

// DocumentOrder is the law that a document has one order of edits without a gap:
// each edit has one version and each version one edit, every member hears of them
// one after the other, and what was sent after an answer comes after it. A member
// whose connection was lost, and who joins again, asks for the edits after the version
// that it had: it is given the next ones, or the text at no earlier version. What it
// had under way it sends again, under the same name, and is still one edit.
func DocumentOrder(p Params) Checker { return documentLaw(documentOrder, p) }

// DocumentReach is the law that an acknowledged edit reaches everybody who was
// there, in time.
func DocumentReach(p Params) Checker {
	reach := ChatReach(p).(law)
	open := reach.open
	reach.name, reach.shares = "document reach", "readers"
	reach.open = func() docket { return readers{open()} }
	return reach
}

// readers are those of documents; edits reach them as texts reach rooms.
type readers struct{ docket }

func (r readers) rule(string) finding { return r.docket.rule(chatReach) }

func documentLaw(name string, p Params) Checker {
	return law{
		name: name, least: p.Least, unit: "deliveries", shares: "pages",
		open: func() docket { return &pages{all: make(map[string]*page), memory: newMemory(p)} },
	}
}

// pages is the docket of the laws of documents.
type pages struct {
	all   map[string]*page
	ended bool
	memory
}

func (p *pages) hear(o *loadgen.Observation) {
	switch o.Operation.Kind {
	case loadgen.Join, loadgen.Leave, loadgen.Resume, loadgen.Send, loadgen.Deliver, loadgen.Look:
	default:
		return
	}
	d := p.all[o.Object]
	if d == nil {
		d = newPage(o.Object)
		p.all[o.Object] = d
	}
	d.hear(o)
	p.kept++
}

func (p *pages) settle(horizon time.Duration) {
	decideEach(&p.memory, maps.Values(p.all), func(d *page) int {
		d.settle(horizon)
		return d.size()
	})
}

func (p *pages) rule(law string) finding {
	list := inOrderOfName(p.all)
	var faults []fault
	texts, heard := 0, 0
	for _, d := range list {
		if !p.ended {
			d.settle(math.MaxInt64)
		}
		if f := d.faults[law]; f != nil {
			faults = append(faults, *f)
		}
		texts, heard = texts+d.texts, heard+d.count
	}
	p.ended = true
	switch {
	case len(faults) > 0:
		return convict(faults, "documents")
	case law == documentConverges:
		return finding{ruling: OK, why: fmt.Sprintf("%d texts of %d documents, each the only one of its version", texts, len(list)), evidence: texts}
	}
	return finding{ruling: OK, why: fmt.Sprintf("%d versions heard of %d documents, in one order each", heard, len(list)), evidence: heard}
}

// page is what is known of one document. What its members heard is taken in in
// the order in which they did; a version that all of them have passed is forgotten.
type page struct {
	name  string
	heard []loadgen.Observation           // not taken in: joins, leaves, deliveries and looks
	sends map[string]*loadgen.Observation // of versions that are not forgotten, by edit
	asked []loadgen.Observation           // sends and looks that are not judged by their instants
	acked []loadgen.Observation           // sends that nothing was judged after

	present   map[int]*loadgen.Observation // by client: what it heard last; nil before the text came
	away      map[int]absent
	versions  map[int64]*version
	byEdit    map[string]*loadgen.Observation // first delivery
	highest   *loadgen.Observation            // version acknowledged before what was judged
	forgotten forgotten
	verdict
}

// absent is a member whose connection was lost.
type absent struct {
	last  *loadgen.Observation // that it heard
	since time.Duration
}

// version is what was first heard of one.
type version struct{ edit, sum *loadgen.Observation }

// forgotten is how far a document was forgotten.
type forgotten struct {
	version int64         // all below
	sent    time.Duration // the last of their edits
}

// verdict is what came of a document so far.
type verdict struct {
	texts, count int // sums compared, deliveries and looks heard
	faults       map[string]*fault
}

func newPage(name string) *page {
	return &page{
		name: name, sends: make(map[string]*loadgen.Observation), present: make(map[int]*loadgen.Observation), away: make(map[int]absent),
		versions: make(map[int64]*version), byEdit: make(map[string]*loadgen.Observation),
		verdict: verdict{faults: make(map[string]*fault)}, forgotten: forgotten{sent: -1, version: math.MinInt64},
	}
}

func (d *page) hear(o *loadgen.Observation) {
	kind := o.Operation.Kind
	if kind == loadgen.Send {
		d.sends[o.Operation.Text] = detached(o)
		if o.Outcome == loadgen.OK {
			d.acked = append(d.acked, *o)
		}
	} else if o.Outcome == loadgen.OK || kind == loadgen.Leave {
		d.heard = append(d.heard, *o)
	}
	// The text that comes without being asked for has no instant at which it was.
	if o.Outcome == loadgen.OK && (kind == loadgen.Send || kind == loadgen.Look && o.Operation.Text != "") {
		d.asked = append(d.asked, *o)
	}
}

func (d *page) size() int {
	return len(d.heard) + len(d.asked) + len(d.acked) + len(d.sends) + len(d.versions)
}

// settle takes in what was heard before the horizon, and forgets what is decided.
func (d *page) settle(horizon time.Duration) {
	var now []*loadgen.Observation
	later := d.heard[:0:0]
	for i := range d.heard {
		if o := &d.heard[i]; o.Done < horizon {
			now = append(now, detached(o))
		} else {
			later = append(later, *o)
		}
	}
	d.heard = later
	slices.SortFunc(now, asHeard)
	for _, o := range now {
		d.take(o)
	}
	d.judgeRealTime(horizon)
	d.forget(horizon)
}

// asHeard is the order in which a member heard. Instants are too coarse for two
// frames at once: of those, the version decides, and an edit comes before the
// text that has it.
func asHeard(a, b *loadgen.Observation) int {
	phase := map[loadgen.Kind]int{loadgen.Resume: 1, loadgen.Deliver: 1, loadgen.Look: 1, loadgen.Leave: 2}
	rank := map[loadgen.Kind]int{loadgen.Look: 1}
	x, y := a.Operation.Kind, b.Operation.Kind
	return cmp.Or(cmp.Compare(a.Done, b.Done), cmp.Compare(phase[x], phase[y]),
		cmp.Compare(a.Reply.Value, b.Reply.Value), cmp.Compare(rank[x], rank[y]), cmp.Compare(a.Seq, b.Seq))
}

func (d *page) take(o *loadgen.Observation) {
	switch o.Operation.Kind {
	case loadgen.Join:
		d.present[o.Client] = nil
		return
	case loadgen.Leave:
		d.part(o)
		return
	case loadgen.Resume:
		d.judgeReturn(o)
		d.present[o.Client] = o
		return
	}
	d.count++
	d.judgeReturn(o)
	d.judgeStep(o)
	d.present[o.Client] = o
	if o.Reply.Value < d.forgotten.version {
		return // of a version that nothing can be held against any more
	}
	if o.Operation.Kind == loadgen.Deliver {
		d.judgeEdit(o)
	}
	d.judgeSum(o)
}

// at is what is known of a version.
func (d *page) at(number int64) *version {
	v := d.versions[number]
	if v == nil {
		v = &version{}
		d.versions[number] = v
	}
	return v
}

// forget lets go of the versions that every member has passed. Who joins later
// is given a text that is no older, or the object went back; who comes back, what
// comes after the version that it had.
func (d *page) forget(horizon time.Duration) {
	least := int64(math.MaxInt64)
	for client, gone := range d.away {
		if horizon > gone.since+loadgen.RejoinWithin {
			delete(d.away, client)
			continue
		}
		least = min(least, gone.last.Reply.Value)
	}
	for client, last := range d.present {
		if last == nil && d.away[client].last == nil {
			return // any version may come
		}
		if last != nil {
			least = min(least, last.Reply.Value)
		}
	}
	if least == math.MaxInt64 {
		return
	}
	d.forgotten.version = max(d.forgotten.version, least)
	for number, v := range d.versions {
		if number >= least {
			continue
		}
		delete(d.versions, number)
		if v.edit != nil {
			d.forgotten.sent = max(d.forgotten.sent, v.edit.Sent)
			delete(d.byEdit, v.edit.Operation.Text)
			delete(d.sends, v.edit.Operation.Text)
		}
	}
}

func (d *page) wrong(law, story string, of []any, witness ...*loadgen.Observation) {
	if d.faults[law] == nil {
		d.faults[law] = &fault{why: fmt.Sprintf(story, of...), witness: shown(witness...)}
	}
}
