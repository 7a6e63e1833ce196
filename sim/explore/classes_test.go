package explore_test

import "testing"

// The classes that came later live through random worlds too. They have turns of
// their own, so that the seeds of the others keep what they stand for.
func TestLaterClassesHoldInTrouble(t *testing.T) {
	w := world(t)
	w.Classes = []string{"account", "session", "document"}
	for _, trouble := range []bool{false, true} {
		holds(t, w, trouble)
	}
}
