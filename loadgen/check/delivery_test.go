package check_test

import (
	"testing"

	"github.com/durabench/durabench/loadgen/check"
)

// atOnce is a room in which 1 sends a and b, b before a is acknowledged.
func atOnce() *script {
	return new(script).join(0, 1, 2, 3).says(1, "a", 10, 25).says(1, "b", 11, 30)
}

func TestChatFIFO(t *testing.T) {
	judgeAll(t, check.ChatFIFO(check.Params{}), []told{
		{"in order", pair().gets(3, "a", 20).gets(3, "c", 40).history, check.OK, "", 0},
		{"other senders may come between", pair().gets(3, "a", 20).gets(3, "b", 30).gets(3, "c", 40).history, check.OK, "", 0},
		{"overtaken by the sender's next", pair().gets(3, "c", 40).gets(3, "a", 41).history, check.Violated, "client 1 had sent earlier", 4},
		{"of unknown outcome, but sent first", unacknowledged(pair().gets(3, "c", 40).gets(3, "a", 41).history, "a"), check.Violated, "", 4},
		{"senders have no order between them", pair().gets(3, "b", 40).gets(3, "a", 41).history, check.OK, "", 0},
		{"two at once over one socket", atOnce().gets(3, "b", 40).gets(3, "a", 41).history, check.Violated, "", 4},
		{"two requests at once have no order", atOnce().polled().gets(3, "b", 40).gets(3, "a", 41).history, check.OK, "", 0},
		{"a request that began after the answer", pair().polled().gets(3, "c", 40).gets(3, "a", 41).history, check.Violated, "", 4},
		{"… and one between that was under way with both", atOnce().polled().says(1, "c", 26, 40).gets(3, "c", 40).gets(3, "b", 40).gets(3, "a", 41).history, check.Violated, `"c" before "a"`, 4},
		{"a request without an answer may take effect at any time", unacknowledged(pair().polled().gets(3, "c", 40).gets(3, "a", 41).history, "a"), check.OK, "", 0},
	})
}
