package main

import (
	"fmt"
	"strings"

	"github.com/durabench/durabench/loadgen"
)

// secondRegions counts, of objects that each region has one of, the operations that would have had to ask a second region:
// those whose object was last asked in another one, in the order of answers. Objects of a run ask nobody, so the run is
// quicker, and knows less, than what it stands for.
type secondRegions struct {
	last    map[string]string // region, by the object's name without one
	all, of int64
}

func (s *secondRegions) hear(o *loadgen.Observation) {
	region, object, ok := strings.Cut(o.Object, "-")
	if !ok || o.Outcome != loadgen.OK {
		return
	}
	s.all++
	if last, known := s.last[object]; known && last != region {
		s.of++
	}
	s.last[object] = region
}

// warnings are none of a run in which nothing was answered.
func (s *secondRegions) warnings(strategy string) []string {
	if s == nil || s.all == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: %.1f %% of operations came after one in another region, and would have had to ask there as well; the run does not: each region's object knows only what was asked of it",
		strategy, 100*float64(s.of)/float64(s.all))}
}
