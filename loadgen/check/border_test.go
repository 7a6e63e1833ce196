package check_test

import (
	"strings"
	"testing"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
	"github.com/durabench/durabench/regions"
)

func TestBorder(t *testing.T) {
	law := check.Border(check.Params{Least: 2}, regions.EU, []regions.ID{"FRA", "CDG"})
	for _, test := range []struct {
		story, homes string
		want         check.Ruling
		says         string
		witness      int
	}{
		{"all within", "FRA CDG FRA", check.OK, "0 of 3", 0},
		{"who was not answered says nothing", "FRA - CDG -", check.OK, "0 of 2", 0},
		{"too few to tell", "FRA", check.Unknown, "void", 0},
		{"one outside, and where it was before", "FRA LHR FRA LHR", check.Violated, "2 of 4 answers came from outside of eu, such as one of a in LHR", 2},
		{"outside from the first", "LHR", check.Violated, "1 of 1", 1},
	} {
		var history []loadgen.Observation
		for i, home := range strings.Fields(test.homes) {
			o := loadgen.Observation{Seq: uint64(i), Object: "a", Outcome: loadgen.OK}
			if home != "-" {
				o.Server.Home = regions.ID(home)
			}
			history = append(history, o)
		}
		v := law.Check(history)
		if v.Ruling != test.want || !strings.Contains(v.Why, test.says) || len(v.Witness) != test.witness {
			t.Errorf("%s: %v, want %s, %q and %d witnesses", test.story, v, test.want, test.says, test.witness)
		}
	}
}
