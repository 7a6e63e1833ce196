package explore

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/refimpl/classes"
)

// laws are those of the class, and that an epoch has one owner.
func (e Experiment) laws() ([]check.Checker, error) {
	bucket := limit()
	laws, err := check.For(e.Class, check.Params{
		Least: 1,
		Limit: check.Limit{
			Capacity: float64(bucket.Tokens), Refill: float64(bucket.Tokens) / bucket.Refill.Seconds(),
			// A limiter that believes its clock cannot keep its law to the letter.
			Tolerance: time.Millisecond + e.Faults.Jumps(),
		},
		Grace:  check.DefaultGrace + e.Faults.Held(),
		Bank:   loadgen.Bank(classes.DefaultBank()),
		Expiry: check.Expiry{TTL: ttl, Slack: check.DefaultSlack + e.Faults.Held(), Tolerance: time.Millisecond + e.Faults.Jumps()},
		// A search whose bounds are too small for a history says so; it must not take
		// longer than all the other laws together.
		Search: check.Search{Objects: 2, Operations: 200, Timeout: time.Second / 4},
	})
	return append(laws, oneOwner{}), err
}

// oneOwner is the law that an object is served by one node at each epoch: what two
// nodes say in the name of one epoch, nothing can tell apart.
type oneOwner struct{}

// Law is part of check.Checker.
func (oneOwner) Law() string { return "one owner per epoch" }

// Check is part of check.Checker.
func (l oneOwner) Check(history []loadgen.Observation) check.Verdict {
	type reign struct {
		object string
		epoch  uint64
	}
	first := make(map[reign]int)
	for i := range history {
		o := &history[i]
		if o.Server.Epoch == 0 {
			continue
		}
		of := reign{o.Object, o.Server.Epoch}
		before, known := first[of]
		if !known {
			first[of] = i
			continue
		}
		if other := &history[before]; other.Server.Node != o.Server.Node {
			return check.Verdict{
				Law: l.Law(), Ruling: check.Violated,
				Why:     fmt.Sprintf("%s was served by %s and by %s, both at epoch %d", o.Object, other.Server.Node, o.Server.Node, of.epoch),
				Witness: []loadgen.Observation{*other, *o},
			}
		}
	}
	return check.Verdict{Law: l.Law(), Ruling: check.OK, Why: fmt.Sprintf("%d reigns had one owner each", len(first))}
}
