package loadgen

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"unicode/utf8"

	"github.com/durabench/durabench/refimpl/text"
)

// DocumentClass is the class whose members are authors: they do not say texts,
// they write into one.
const DocumentClass = "document"

// Author is one member of a document: its copy of the text, and what it says to
// the object. It is pure; whoever has a socket asks Next for what to send after
// each Write, Look and Hear.
//
// An author writes at the top of the text, at its end, or anywhere, and drops
// some of it now and then; what exactly follows from the edit's name and the text
// that the author sees.
type Author struct {
	replica *text.Replica // nil until the text has come
	waiting []string      // edits to write as soon as it has
	asked   []string      // names of the looks under way, in order; "" is the author's own
	frames  [][]byte      // to send
	behind  bool          // joined again, and has not heard what it missed
	dropped []string      // edits that went with a replica
}

// NewAuthor is an author that has just joined: the object sends the text unasked.
func NewAuthor() *Author { return &Author{asked: []string{""}} }

// Heard is what an author learned: that an edit was ordered (Deliver), what the
// object's text is (Look), or that an edit was refused (Send).
type Heard struct {
	Kind    Kind
	Text    string // name of the edit, or of the look; "" is a look nobody scheduled
	Version int64
	Sum     string // of the text at the version: the author's, or, of a look, the object's
	Why     string // it was refused
	Lost    bool   // nobody knows what became of it
}

// Misfit stands for the sum of a text that an edit could not be applied to.
const Misfit = "misfit"

// Lengths of texts, in code points: from the first on, authors drop more than
// they add.
const (
	longText = 1200
	longDrop = 40
)

// Write makes an edit.
func (a *Author) Write(name string) error {
	if a.replica == nil {
		a.waiting = append(a.waiting, name)
		return nil
	}
	seen, err := a.replica.Text()
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	a.replica.Edit(text.Edit{ID: name, Change: draw(name, utf8.RuneCountInString(seen))})
	return nil
}

// draw is the change that an edit of a name makes to a text of a length.
func draw(name string, length int) text.Change {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	r := rand.New(rand.NewPCG(h.Sum64(), uint64(length)))
	at := r.IntN(length + 1)
	if length > longText || length > longDrop && r.IntN(3) == 0 {
		return text.Remove(min(at, length-1), min(1+r.IntN(longDrop), length-min(at, length-1)))
	}
	switch r.IntN(4) {
	case 0: // where authors meet
		at = 0
	case 1:
		at = length
	}
	return text.Insert(at, name+" ")
}

// Look asks for the object's own text.
func (a *Author) Look(name string) {
	a.asked = append(a.asked, name)
	a.frames = append(a.frames, []byte(`{"type":"text"}`))
}

// Next is a frame to send now, nil if there is none. Edits go one frame at a
// time: what is written while one is under way follows when it was answered.
func (a *Author) Next() ([]byte, error) {
	if len(a.frames) > 0 {
		frame := a.frames[0]
		a.frames = a.frames[1:]
		return frame, nil
	}
	if a.replica == nil || a.behind {
		return nil, nil
	}
	base, edits := a.replica.Send()
	if len(edits) == 0 {
		return nil, nil
	}
	frame, err := json.Marshal(struct {
		Type  string      `json:"type"`
		Base  int64       `json:"base"`
		Edits []text.Edit `json:"edits"`
	}{"edit", base, edits})
	if err != nil {
		return nil, fmt.Errorf("write frame: %w", err)
	}
	return frame, nil
}

// spoken is a frame of a document.
type spoken struct {
	Type    string      `json:"type"`
	Version int64       `json:"version"`
	Text    string      `json:"text"`
	Edits   []text.Edit `json:"edits"`
	IDs     []string    `json:"ids"`
	Reason  string      `json:"reason"`
}

// Hear takes a frame. What does not fit the author's copy is told as it came,
// for a law to judge; the author then takes the object's text for its own.
func (a *Author) Hear(frame []byte) []Heard {
	var f spoken
	if json.Unmarshal(frame, &f) != nil {
		return nil
	}
	switch f.Type {
	case "text":
		return a.see(&f)
	case "refused":
		var heard []Heard
		for _, id := range f.IDs {
			heard = append(heard, Heard{Kind: Send, Text: id, Why: f.Reason})
		}
		a.restart()
		return heard
	case "edits":
		heard := a.catchUp(f.Version - 1)
		for i, e := range f.Edits {
			heard = append(heard, a.take(f.Version+int64(i), e))
		}
		a.resend()
		return heard
	}
	return nil
}

// Leave tells an author that its connection was lost, and gives the names of the
// looks that nobody will answer. Edits under way stay so: the object knows an edit
// that it has ordered by its name, so what does not come back may be sent again.
func (a *Author) Leave() (unanswered []string) {
	for _, name := range a.asked {
		if name != "" {
			unanswered = append(unanswered, name)
		}
	}
	a.asked, a.frames, a.behind = nil, nil, false
	return unanswered
}

// Join tells an author that it joins again. It asks for the edits after the version
// that it has or, without one, for the text, which comes in their place as well if
// the object remembers no edits from so long ago.
func (a *Author) Join() (since int64, ok bool) {
	a.asked = []string{""}
	if a.replica == nil {
		return 0, false
	}
	a.behind = true
	return a.replica.Version(), true
}

// JoinPath is Join for a path that has a query already.
func (a *Author) JoinPath(path string) string {
	if since, ok := a.Join(); ok {
		return path + "&since=" + strconv.FormatInt(since, 10)
	}
	return path
}

// catchUp is the answer to Join, in edits.
func (a *Author) catchUp(from int64) []Heard {
	if !a.behind || len(a.asked) == 0 {
		return nil
	}
	a.asked = a.asked[1:]
	return []Heard{{Kind: Resume, Version: from}}
}

// resend sends what was under way when the connection was lost, once the author
// knows that it was not ordered.
func (a *Author) resend() {
	if a.behind && a.replica != nil {
		a.replica.Again()
	}
	a.behind = false
}

// restart asks for the object's text, to go on from there.
func (a *Author) restart() {
	a.drop()
	a.Look("")
}

func (a *Author) see(f *spoken) []Heard {
	name := ""
	if len(a.asked) > 0 {
		name, a.asked = a.asked[0], a.asked[1:]
	}
	if a.replica == nil || a.replica.Version() != f.Version || a.replica.Confirmed() != f.Text {
		a.drop()
		a.replica = text.NewReplica(f.Version, f.Text)
	}
	a.resend()
	for _, edit := range a.waiting {
		_ = a.Write(edit) // a new replica has nothing that could not be shown
	}
	a.waiting = nil
	heard := []Heard{{Kind: Look, Text: name, Version: f.Version, Sum: text.Sum(f.Text)}}
	for _, edit := range a.dropped {
		heard = append(heard, Heard{Kind: Send, Text: edit, Lost: true})
	}
	a.dropped = nil
	return heard
}

// drop lets go of the replica. What was written into it and not ordered, as far as
// the author knows, may have been: it is not sent again.
func (a *Author) drop() {
	if a.replica == nil {
		return
	}
	for _, e := range a.replica.Pending() {
		a.dropped = append(a.dropped, e.ID)
	}
	a.replica = nil
}

// take is one edit that the object ordered.
func (a *Author) take(version int64, e text.Edit) Heard {
	heard := Heard{Kind: Deliver, Text: e.ID, Version: version}
	if a.replica == nil { // the object's text is on its way
		return heard
	}
	var err error
	if under := a.replica.Under(); len(under) > 0 && under[0].ID == e.ID {
		_, err = a.replica.Acknowledge(version)
	} else {
		err = a.replica.Remote(version, e.Change)
	}
	switch {
	case err == nil:
		heard.Sum = text.Sum(a.replica.Confirmed())
	case errors.Is(err, text.ErrGap) && version <= a.replica.Version(): // known
	case errors.Is(err, text.ErrGap):
		a.restart()
	default:
		heard.Sum = Misfit
		a.restart()
	}
	return heard
}
