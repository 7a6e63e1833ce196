package place

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/durabench/durabench/reports/stat"
)

// Ruling is which strategy is the cheapest, if that can be told.
type Ruling struct {
	Winner string   `json:"winner,omitempty"`
	Among  []string `json:"among,omitempty"` // the best, if there is no telling them apart
	Tied   []string `json:"tied,omitempty"`  // the best, if they cost exactly the same
	Why    string   `json:"why"`
}

// Fewest is how many samples it takes to name a winner: fewer may all lie on one side of their median more often than once
// in twenty times.
const Fewest = 6

// rule names the cheapest strategy if its interval ends before every other begins, and else those that it cannot be told
// from. With fewer samples than [Fewest] nothing can be told. The intervals are those of the regret: it is cost
// less that of the best static homes of the same accesses, which takes out that some seeds have farther users than others.
func rule(rows []Row, samples int) Ruling {
	rivals := Rivals(rows)
	if len(rivals) == 0 {
		return Ruling{Why: "no strategy placed every object where it may live"}
	}
	best, few := rivals[0], samples < Fewest
	var among, tied []string
	for _, r := range rivals {
		if few || r.Cost.RegretMs.Lo <= best.Cost.RegretMs.Hi {
			among = append(among, r.Strategy)
		}
		if r.Cost.RegretMs.Center == best.Cost.RegretMs.Center {
			tied = append(tied, r.Strategy)
		}
	}
	cost := fmt.Sprintf("a regret of %s ms per access", stat.Digits(best.Cost.RegretMs.Center))
	cheapest := fmt.Sprintf("%s is the cheapest with %s", best.Strategy, cost)
	if len(tied) > 1 {
		cheapest = fmt.Sprintf("%s tie as the cheapest with %s", strings.Join(tied, ", "), cost)
	} else {
		tied = nil
	}
	switch {
	case len(rivals) == 1:
		return Ruling{Why: best.Strategy + " stands alone: " + cost}
	case len(tied) > 1 && (len(tied) == len(rivals) || !few && len(tied) == len(among)):
		return Ruling{Among: tied, Tied: tied, Why: cheapest}
	case few:
		return Ruling{Tied: tied, Why: fmt.Sprintf("%s, but so few samples (%d) show no winner", cheapest, samples)}
	case len(among) > 1:
		return Ruling{Among: among, Tied: tied, Why: "no winner: the regrets of " + strings.Join(among, ", ") + " overlap"}
	}
	next := rivals[1]
	return Ruling{Winner: best.Strategy, Why: fmt.Sprintf("%s wins with %s; next is %s with %s ms",
		best.Strategy, cost, next.Strategy, stat.Digits(next.Cost.RegretMs.Center))}
}

// Rivals are the strategies that compete, the cheapest first: no yardsticks, and none that left an object without a home
// or took one out of its jurisdiction.
func Rivals(rows []Row) []Row {
	var rivals []Row
	for _, r := range rows {
		if !r.Yardstick && r.Refused == (Refused{}) {
			rivals = append(rivals, r)
		}
	}
	slices.SortStableFunc(rivals, func(a, b Row) int {
		return cmp.Compare(a.Cost.RegretMs.Center, b.Cost.RegretMs.Center)
	})
	return rivals
}
