package text

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
)

// Edit is a change with the name that its writer gave it. Names are unique, so
// that an edit that is sent again is known.
type Edit struct {
	ID     string `json:"id"`
	Change Change `json:"ops"`
}

// RebaseAll brings edits that follow each other, and were made when others were
// ordered before them, after those others.
func RebaseAll(ordered []Edit, edits []Edit) []Edit {
	after := append([]Edit(nil), edits...)
	for _, o := range ordered {
		change := o.Change
		for i := range after {
			change, after[i].Change = Rebase(change, after[i].Change)
		}
	}
	return after
}

// ErrGap is returned by a Replica for a version that does not follow its own.
var ErrGap = errors.New("version does not follow")

// Replica is a writer's copy of a text. What the writer does shows in it at once,
// and is rebased until the object has ordered it.
type Replica struct {
	version   int64
	confirmed string // as the object has it at the version
	pending   []Edit // not ordered yet; each follows the one before it
	sent      int    // of pending, in the one frame under way
}

// NewReplica starts from a text at a version.
func NewReplica(version int64, text string) *Replica {
	return &Replica{version: version, confirmed: text}
}

// Version is how many edits the object had ordered.
func (r *Replica) Version() int64 { return r.version }

// Confirmed is the text at the version, without what is pending.
func (r *Replica) Confirmed() string { return r.confirmed }

// Text is what the writer sees.
func (r *Replica) Text() (string, error) {
	text := r.confirmed
	for _, e := range r.pending {
		var err error
		if text, err = e.Change.Apply(text); err != nil {
			return "", fmt.Errorf("show edit %s: %w", e.ID, err)
		}
	}
	return text, nil
}

// Edit adds what the writer did to the text that it sees.
func (r *Replica) Edit(e Edit) { r.pending = append(r.pending, e) }

// Send gives the edits to send now and the version that they rest on: all that
// are pending, unless some are under way already.
func (r *Replica) Send() (base int64, edits []Edit) {
	if r.sent > 0 {
		return r.version, nil
	}
	r.sent = len(r.pending)
	return r.version, r.pending
}

// Under is the edits under way.
func (r *Replica) Under() []Edit { return r.pending[:r.sent] }

// Again has the edits under way sent once more, on the version that the replica has
// reached: the connection on which they went was lost, and they did not come back.
func (r *Replica) Again() { r.sent = 0 }

// Pending is the edits that were not ordered, as far as the replica knows.
func (r *Replica) Pending() []Edit { return r.pending }

// Remote takes another writer's edit, which the object ordered as a version.
func (r *Replica) Remote(version int64, change Change) error {
	if version != r.version+1 {
		return fmt.Errorf("take version %d after %d: %w", version, r.version, ErrGap)
	}
	text, err := change.Apply(r.confirmed)
	if err != nil {
		return fmt.Errorf("take version %d: %w", version, err)
	}
	// A slice of its own: what Send gave out is not to change.
	r.pending = RebaseAll([]Edit{{Change: change}}, r.pending)
	r.version, r.confirmed = version, text
	return nil
}

// Acknowledge takes the word that the first edit under way was ordered as a version.
func (r *Replica) Acknowledge(version int64) (Edit, error) {
	if r.sent == 0 {
		return Edit{}, errors.New("acknowledge: nothing is under way")
	}
	own := r.pending[0]
	if version != r.version+1 {
		return own, fmt.Errorf("acknowledge %s as version %d after %d: %w", own.ID, version, r.version, ErrGap)
	}
	text, err := own.Change.Apply(r.confirmed)
	if err != nil {
		return own, fmt.Errorf("acknowledge %s: %w", own.ID, err)
	}
	r.pending, r.sent = r.pending[1:], r.sent-1
	r.version, r.confirmed = version, text
	return own, nil
}

// Sum is a text in sixteen digits, to compare.
func Sum(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text)) // never fails
	return strconv.FormatUint(h.Sum64(), 16)
}
