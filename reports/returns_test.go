package reports_test

import (
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/reports"
)

// What a member is told when it comes back is expected of the room, and that it was
// told is no operation: nobody waited for it.
func TestWhoComesBackIsExpectedToBeTold(t *testing.T) {
	tally := reports.NewTally(reports.Run{Class: "chat"})
	for _, o := range []struct {
		kind       loadgen.Kind
		client     int
		sent, done int
		outcome    loadgen.Outcome
	}{
		{loadgen.Join, 1, 0, 1, loadgen.OK},
		{loadgen.Join, 2, 0, 1, loadgen.OK},
		{loadgen.Leave, 2, 10, 10, loadgen.Failed},
		{loadgen.Send, 1, 20, 25, loadgen.OK},
		{loadgen.Join, 2, 30, 31, loadgen.OK},
		{loadgen.Resume, 2, 32, 32, loadgen.OK},
		{loadgen.Deliver, 2, 20, 32, loadgen.OK},
	} {
		ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		tally.Add(&loadgen.Observation{
			Client: o.client, Object: "a", Class: "chat", Edge: "FRA", Operation: loadgen.Operation{Kind: o.kind, Sender: 1},
			Scheduled: ms(o.sent), Sent: ms(o.sent), Done: ms(o.done), Outcome: o.outcome,
		})
	}
	run := tally.Run()
	if run.Chat == nil || run.Chat.Delivered != 1 || run.Chat.Expected != 1 {
		t.Errorf("chat %+v", run.Chat)
	}
	if run.Latency.P50 != reports.Micros(12*time.Millisecond) {
		t.Errorf("median %v, want that of the one delivery, 12 ms", run.Latency.P50)
	}
}
