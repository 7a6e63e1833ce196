package loadgen

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
)

// maxExcess is how much longer than the client's latency the parts a target
// tells may be together, from rounding, before they are not believed.
const maxExcess = time.Millisecond

// serverOf reads who answered.
func serverOf(header http.Header) Server {
	epoch, _ := strconv.ParseUint(header.Get("X-Durabench-Epoch"), 10, 64) // absent is none
	return Server{
		Home:  regions.ID(header.Get("X-Durabench-Home")),
		Node:  header.Get("X-Durabench-Node"),
		Epoch: epoch,
		Moved: header.Get("X-Durabench-Moved") != "",
	}
}

// budgetOf splits an operation's latency into its parts: those the target told
// in Server-Timing, the wait before the send, and Return for what is left. A
// target that tells nothing, or more than passed, has no budget.
func budgetOf(header http.Header, o *Observation) Budget {
	var budget Budget
	told := false
	for _, line := range header.Values("Server-Timing") {
		for entry := range strings.SplitSeq(line, ",") {
			part, took, found := parseTiming(entry)
			if found {
				budget[part] += took
				told = true
			}
		}
	}
	if !told {
		return Budget{}
	}
	budget[Wait] = o.Sent - o.Scheduled
	rest := o.Latency() - budget.Whole()
	switch {
	case rest >= 0:
		budget[Return] = rest
	case rest < -maxExcess:
		return Budget{}
	default:
		shave(&budget, -rest)
	}
	return budget
}

// parseTiming reads one entry of Server-Timing, such as "turn;dur=0.250", in
// milliseconds. Parts that only the client can know are not taken from a target.
func parseTiming(entry string) (Part, time.Duration, bool) {
	name, parameters, _ := strings.Cut(strings.TrimSpace(entry), ";")
	part, known := ParsePart(strings.TrimSpace(name))
	if !known || part == Wait || part == Return {
		return 0, 0, false
	}
	for parameter := range strings.SplitSeq(parameters, ";") {
		text, found := strings.CutPrefix(strings.TrimSpace(parameter), "dur=")
		if !found {
			continue
		}
		ms, err := strconv.ParseFloat(text, 64)
		if err != nil || !(ms >= 0 && ms < 1e9) {
			return 0, 0, false
		}
		return part, time.Duration(ms * float64(time.Millisecond)), true
	}
	return 0, 0, false
}

// shave takes an excess that rounding made off the longest part that a target told.
func shave(budget *Budget, excess time.Duration) {
	longest := WAN
	for part := WAN; part < Return; part++ {
		if budget[part] > budget[longest] {
			longest = part
		}
	}
	taken := min(excess, budget[longest])
	budget[longest] -= taken
	budget[Wait] -= excess - taken
}
