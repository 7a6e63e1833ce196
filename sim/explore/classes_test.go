package explore_test

import (
	"context"
	"testing"

	"github.com/durabench/durabench/sim/explore"
)

// The classes that came later live through random worlds too. They have turns of
// their own, so that the seeds of the others keep what they stand for.
func TestLaterClassesHoldInTrouble(t *testing.T) {
	w := world(t)
	w.Classes = []string{"account", "session", "document"}
	for _, trouble := range []bool{false, true} {
		found, err := explore.Explore(context.Background(), explore.Options{World: w, First: *first, Seeds: worlds(), Trouble: trouble, Enough: 5})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("trouble %v: %d worlds, %d observations, %d verdicts undecided", trouble, found.Worlds, found.Observations, len(found.Undecided))
		for _, u := range found.Undecided[:min(3, len(found.Undecided))] {
			t.Log(u)
		}
		for _, f := range found.Failures {
			t.Errorf("%s", f)
		}
	}
}
