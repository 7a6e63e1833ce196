package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/durabench/durabench/loadgen"
)

// Search bounds the search for an order of operations, whose cost grows
// exponentially with how many of them overlap. Zero takes the default.
type Search struct {
	Objects    int // how many objects are sampled
	Operations int // of one object, from its first on
	// Overlap is how many operations may be open at one instant whose answer does
	// not fix their place: those of unknown outcome, decrements and resets.
	Overlap int
	Reads   int           // searched side by side; further ones at the same time are left out
	Fewest  int           // operations below which a search that takes too long is given up
	Timeout time.Duration // for one search
}

func (s Search) orDefaults() Search {
	s.Objects = cmp.Or(s.Objects, 8)
	s.Operations = cmp.Or(s.Operations, 2000)
	s.Overlap = cmp.Or(s.Overlap, 10)
	s.Reads = cmp.Or(s.Reads, 4)
	s.Fewest = cmp.Or(s.Fewest, 16)
	s.Timeout = cmp.Or(s.Timeout, time.Second)
	return s
}

// subject is a class of objects as the search sees it.
type subject struct {
	things string // counters
	keep   func(loadgen.Kind) bool
	// counts says whether an operation had, or may have had, a place in the order.
	counts func(*loadgen.Observation) bool
	// looks says whether an operation changes nothing.
	looks func(*loadgen.Observation) bool
	// fixed says whether the answers to a kind fix its place.
	fixed func(loadgen.Kind) bool
	model func() porcupine.Model
	input func(*loadgen.Observation) any
	// output is the answer; known is false if there is none to hold the model to.
	output func(o *loadgen.Observation, known bool) any
}

// whole searches all of one object's history. The doubt says why that was not
// possible, or came to no end.
func (s Search) whole(history []loadgen.Observation, object string, all int) (*fault, string) {
	cut := s.beginning(history, object, counterSubject())
	switch cut.search(s.Timeout) {
	case porcupine.Illegal:
		f := s.explain(cut)
		return &f, ""
	case porcupine.Unknown:
		return nil, s.gaveUp(cut)
	}
	if cut.until != math.MaxInt64 {
		return nil, fmt.Sprintf("%s has decrements or resets, and only the first %d of its %d operations can be searched",
			object, len(cut.at), all)
	}
	return nil, ""
}

func (s Search) gaveUp(cut beginning) string {
	return fmt.Sprintf("the search of %s (%d operations) did not end within %s", cut.object, len(cut.at), s.Timeout)
}

// beginning is an object's history up to an instant, by Sent. What was under
// way then may have seen what was sent later, so its answer is not held against
// the beginning; then, if the whole history has an order, its beginning has one.
type beginning struct {
	of      subject
	history []loadgen.Observation
	object  string
	at      []int32
	until   time.Duration // MaxInt64 if nothing was cut
	pure    bool          // answers fix the place of all that were answered
}

func (s Search) beginning(history []loadgen.Observation, object string, of subject) beginning {
	cut := beginning{of: of, history: history, object: object, until: math.MaxInt64, pure: true}
	for n := range history {
		o, i := &history[n], int32(n)
		if of.counts(o) {
			cut.at = append(cut.at, i)
			cut.pure = cut.pure && of.fixed(o.Operation.Kind)
		}
	}
	slices.SortFunc(cut.at, func(a, b int32) int {
		return cmp.Or(cmp.Compare(history[a].Sent, history[b].Sent), cmp.Compare(history[a].Seq, history[b].Seq))
	})
	if cut.pure {
		cut.at = s.thinned(history, cut.at, of)
	}
	var open []time.Duration // when the operations without a fixed place will be done
	for n, i := range cut.at {
		o := &history[i]
		open = slices.DeleteFunc(open, func(done time.Duration) bool { return done < o.Sent })
		if !cut.pure || o.Outcome == loadgen.Unknown {
			open = append(open, doneBy(o, math.MaxInt64))
		}
		if n >= s.Operations || len(open) > s.Overlap {
			return cut.to(o.Sent - 1)
		}
	}
	return cut
}

// thinned leaves out reads where many overlap: reads of one count can stand in
// any order, and the search would try them all. A history without some of its
// reads has an order if the whole has one; the special judge sees every read.
func (s Search) thinned(history []loadgen.Observation, at []int32, of subject) []int32 {
	kept := at[:0:0]
	var reading []time.Duration // when the reads that were kept will be done
	for _, i := range at {
		o := &history[i]
		if of.looks(o) {
			reading = slices.DeleteFunc(reading, func(done time.Duration) bool { return done < o.Sent })
			if len(reading) >= s.Reads {
				continue
			}
			reading = append(reading, o.Done)
		}
		kept = append(kept, i)
	}
	return kept
}

func (b beginning) search(patience time.Duration) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(b.of.model(), b.operations(), patience)
}

// done is how many of the operations have an answer that counts.
func (b beginning) done() (count int) {
	for _, i := range b.at {
		if doneBy(&b.history[i], b.until) != math.MaxInt64 {
			count++
		}
	}
	return count
}

// to cuts at an earlier instant.
func (b beginning) to(until time.Duration) beginning {
	end, _ := slices.BinarySearchFunc(b.at, until+1, func(i int32, t time.Duration) int {
		return cmp.Compare(b.history[i].Sent, t)
	})
	b.at, b.until = b.at[:end], until
	return b
}

// doneBy is when an operation was done, never if that is unknown or after the cut.
func doneBy(o *loadgen.Observation, until time.Duration) time.Duration {
	if o.Outcome == loadgen.Unknown || o.Done > until {
		return math.MaxInt64
	}
	return o.Done
}

// operations puts the beginning into the searcher's words.
//
// Of what was under way at a cut, the answers of increments can still be used
// where nothing resets the count: an increment answered no more than the highest
// answer before the cut came before it, and one answered more came after all
// that is searched, as did reads. Leaving their answers open would be right too,
// but would multiply the orders to search.
func (b beginning) operations() []porcupine.Operation {
	highest := int64(0)
	for _, i := range b.at {
		if o := &b.history[i]; doneBy(o, b.until) != math.MaxInt64 {
			highest = max(highest, o.Reply.Value)
		}
	}
	all := make([]porcupine.Operation, 0, len(b.at))
	for _, i := range b.at {
		o := &b.history[i]
		done := doneBy(o, b.until)
		known := done != math.MaxInt64
		if b.pure && !known && o.Outcome == loadgen.OK {
			if b.of.looks(o) || o.Reply.Value > highest {
				continue
			}
			known = true
		}
		all = append(all, porcupine.Operation{
			ClientId: len(all),
			Input:    b.of.input(o),
			Call:     int64(o.Sent),
			Output:   b.of.output(o, known),
			Return:   int64(done),
		})
	}
	return all
}

// explain finds the first answer that made the history impossible: every
// beginning before it has an order, and none from it on.
func (s Search) explain(cut beginning) fault {
	byDone := slices.DeleteFunc(slices.Clone(cut.at), func(i int32) bool {
		return doneBy(&cut.history[i], cut.until) == math.MaxInt64
	})
	slices.SortFunc(byDone, func(a, b int32) int { return cmp.Compare(cut.history[a].Done, cut.history[b].Done) })
	low, high := 0, len(byDone)-1
	for low < high {
		middle := (low + high) / 2
		part := cut.to(cut.history[byDone[middle]].Done)
		if part.search(s.Timeout) == porcupine.Illegal {
			high = middle
		} else {
			low = middle + 1
		}
	}
	const shown = 6
	witness := byDone[max(0, low+1-shown) : low+1]
	guilty := &cut.history[byDone[low]]
	return fault{
		why: fmt.Sprintf("%s: no order explains the answer %s to client %d at %s, after those before it",
			cut.object, came(guilty), guilty.Client, at(guilty.Done)),
		witness: pick(cut.history, witness...),
	}
}
