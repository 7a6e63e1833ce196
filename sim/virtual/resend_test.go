package virtual_test

import (
	"testing"

	"github.com/durabench/durabench/loadgen"
)

// Who joins a room that has moved gets in at the first try, though its edge has not
// heard of the move: the edge sends the join after the room.
func TestEdgesSendJoinsAfterTheirRooms(t *testing.T) {
	for _, class := range []string{"chat", "document"} {
		for seed := range uint64(5) {
			history, moves := wanderingRooms(t, class, seed, nil)
			joined, late := 0, 0
			for _, o := range history {
				if o.Operation.Kind != loadgen.Join {
					continue
				}
				if o.Outcome != loadgen.OK {
					t.Errorf("%s, seed %d: %+v", class, seed, o)
				}
				joined++
				if o.Server.Moved {
					late++
				}
			}
			if len(moves) < 4 || late < len(moves) {
				t.Errorf("%s, seed %d: %d moves, %d joined, %d of them sent after their room", class, seed, len(moves), joined, late)
			}
		}
	}
}
