package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
)

// Border is the law that no object is served outside of its jurisdiction, whose homes
// are given.
func Border(p Params, within regions.Jurisdiction, homes []regions.ID) Checker {
	return law{
		name: "objects stay in their jurisdiction", least: p.Least, unit: "operations answered", shares: "border",
		open: func() docket { return &border{within: within, homes: homes} },
	}
}

// border decides at once, and keeps the first who crossed it.
type border struct {
	within          regions.Jurisdiction
	homes           []regions.ID
	inside, outside int
	last            map[string]loadgen.Observation // an object's answer from inside, until somebody is convicted
	witness         []loadgen.Observation
}

func (b *border) hear(o *loadgen.Observation) {
	switch {
	case o.Server.Home == "":
	case slices.Contains(b.homes, o.Server.Home):
		b.inside++
		if b.outside == 0 {
			if b.last == nil {
				b.last = make(map[string]loadgen.Observation)
			}
			b.last[o.Object] = *o
		}
	default:
		if b.outside++; b.outside == 1 {
			if before, ok := b.last[o.Object]; ok {
				b.witness = append(b.witness, before)
			}
			b.witness, b.last = append(b.witness, *o), nil
		}
	}
}

func (b *border) settle(time.Duration) {}

func (b *border) rule(string) finding {
	if b.outside > 0 {
		at := b.witness[len(b.witness)-1]
		return finding{
			ruling: Violated, witness: b.witness,
			why: fmt.Sprintf("%d of %d answers came from outside of %s, such as one of %s in %s", b.outside, b.outside+b.inside, b.within, at.Object, at.Server.Home),
		}
	}
	return finding{ruling: OK, evidence: b.inside, why: fmt.Sprintf("0 of %d answers came from outside of %s, whose homes here are %v", b.inside, b.within, b.homes)}
}
