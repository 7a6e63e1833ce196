package check_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/loadgen/check"
)

// brief sessions live for 100 ms, and may be found for 20 ms more.
var brief = check.Params{Expiry: check.Expiry{TTL: 100 * ms, Slack: 20 * ms}}

func created(sent, done int, text string) loadgen.Observation {
	o := op(1, loadgen.Create, sent, done, 0)
	o.Operation.Text, o.Reply.Allowed = text, true
	return o
}

func found(sent, done int, text string) loadgen.Observation {
	o := op(2, loadgen.Access, sent, done, 0)
	o.Reply.Text, o.Reply.Allowed = text, true
	return o
}

func none(sent, done int) loadgen.Observation {
	o := op(3, loadgen.Access, sent, done, 0)
	o.Reply.Status = 404
	return o
}

func ended(sent, done int) loadgen.Observation {
	o := op(4, loadgen.Invalidate, sent, done, 0)
	o.Reply.Allowed = true
	return o
}

func ExampleSessionLives() {
	history := []loadgen.Observation{created(0, 10, "u"), found(50, 60, "u"), none(120, 130)}
	fmt.Println(check.SessionLives(brief).Check(history))
	// Output:
	// session lives for its TTL: violated: x was gone when client 3 asked at 120.000 ms, at most 80ms after the access at 50.000 ms that kept it for 100ms
	//     50.000 ms … 60.000 ms  client 2  get x → "u"
	//     120.000 ms … 130.000 ms  client 3  get x → none
}

func TestSessionReads(t *testing.T) {
	judgeAll(t, check.SessionReads(brief), []told{
		{"created and found", list(created(0, 1, "u"), found(2, 3, "u")), check.OK, "2 operations on 1 sessions", 0},
		{"replaced and found", list(created(0, 1, "u"), created(2, 3, "v"), found(4, 5, "v")), check.OK, "", 0},
		{"found while it is replaced", list(created(0, 1, "u"), created(2, 9, "v"), found(4, 5, "v"), found(4, 5, "u")), check.OK, "", 0},
		{"what was replaced is found", list(created(0, 1, "u"), created(2, 3, "v"), found(4, 5, "u")), check.Violated, "created and there between", 3},
		{"the new, then the old, while it is replaced", list(created(0, 1, "u"), created(2, 9, "v"), found(3, 4, "v"), found(5, 6, "u")), check.Violated, "there between", 3},
		{"two at once may come in either order", list(created(0, 9, "u"), created(0, 9, "v"), found(10, 11, "u")), check.OK, "", 0},
		{"but in one order only", list(created(0, 9, "u"), created(0, 9, "v"), found(10, 11, "u"), found(12, 13, "v"), found(14, 15, "u")), check.Violated, "", 3},
		{"what nobody created", list(created(0, 1, "u"), found(2, 3, "x")), check.Violated, "nobody had created", 1},
		{"found before it was created", list(found(0, 1, "u"), created(2, 3, "u")), check.Violated, "nobody had created", 2},
		{"a creation of unknown outcome is found, or not", list(created(0, 1, "u"), lost(created(2, 3, "v")), found(4, 5, "u"), found(6, 7, "v")), check.OK, "", 0},
		{"but not, once it was, what it replaced", list(created(0, 1, "u"), lost(created(2, 3, "v")), found(4, 5, "v"), found(6, 7, "u")), check.Violated, "there between", 3},
		{"one that failed is not found", list(created(0, 1, "u"), failed(created(2, 3, "v")), found(4, 5, "v")), check.Violated, "nobody had created", 1},
		{"a session that ended says nothing of the next", list(created(0, 1, "u"), ended(2, 3), created(4, 5, "v"), found(6, 7, "v")), check.OK, "", 0},
	})
}

func TestSessionFinal(t *testing.T) {
	judgeAll(t, check.SessionFinal(brief), []told{
		{"ended and gone", list(created(0, 1, "u"), ended(2, 3), none(4, 5)), check.OK, "", 0},
		{"ended and found", list(created(0, 1, "u"), ended(2, 3), found(4, 5, "u")), check.Violated, "was invalidated by 3.000 ms", 3},
		{"found while it ends", list(created(0, 1, "u"), ended(2, 9), found(4, 5, "u")), check.OK, "", 0},
		{"gone while it ends, then found", list(created(0, 1, "u"), ended(2, 3), found(2, 4, "u")), check.OK, "", 0},
		{"created again", list(created(0, 1, "u"), ended(2, 3), created(4, 5, "v"), found(6, 7, "v")), check.OK, "", 0},
		{"created while it ends", list(created(0, 9, "u"), ended(2, 3), found(10, 11, "u")), check.OK, "", 0},
		{"an end of unknown outcome may never come", list(created(0, 1, "u"), lost(ended(2, 3)), found(4, 5, "u")), check.OK, "", 0},
	})
}

func TestSessionLives(t *testing.T) {
	judgeAll(t, check.SessionLives(brief), []told{
		{"gone after its TTL", list(created(0, 1, "u"), none(150, 151)), check.OK, "", 0},
		{"gone before its TTL", list(created(0, 1, "u"), none(80, 81)), check.Violated, "at most 81ms after", 2},
		{"an access extends it", list(created(0, 1, "u"), found(90, 91, "u"), none(150, 151)), check.Violated, "at most 61ms after", 2},
		{"an access that found nothing does not", list(created(0, 1, "u"), none(110, 111), none(150, 151)), check.OK, "", 0},
		{"gone by the time the answer came", list(created(0, 1, "u"), none(80, 101)), check.OK, "", 0},
		{"the clock counts whole milliseconds", list(created(0, 1, "u"), none(90, 99)), check.OK, "", 0},
		{"not created yet", list(created(0, 10, "u"), none(2, 3)), check.OK, "", 0},
		{"invalidated", list(created(0, 1, "u"), ended(2, 3), none(4, 5)), check.OK, "", 0},
		{"invalidated before it was created", list(ended(0, 1), created(2, 3, "u"), none(4, 5)), check.Violated, "", 2},
		{"perhaps invalidated", list(lost(ended(0, 1)), created(2, 3, "u"), none(4, 5)), check.OK, "", 0},
		{"created after all", list(lost(created(0, 1, "u")), none(4, 5)), check.OK, "", 0},
		{"a creation of unknown outcome extends nothing for sure", list(created(0, 1, "u"), lost(created(80, 81, "v")), none(120, 121)), check.OK, "", 0},
	})
}

func TestSessionExpires(t *testing.T) {
	judgeAll(t, check.SessionExpires(brief), []told{
		{"gone after its TTL", list(created(0, 1, "u"), none(150, 151)), check.OK, "1 times a session had expired", 0},
		{"found too late", list(created(0, 1, "u"), found(123, 124, "u")), check.Violated, "should have been gone after 100ms", 2},
		{"found within the slack", list(created(0, 1, "u"), found(118, 119, "u"), none(300, 301)), check.OK, "none was found from 19ms on", 0},
		{"extended", list(created(0, 1, "u"), found(90, 91, "u"), found(180, 181, "u"), none(300, 301)), check.OK, "", 0},
		{"extended once too seldom", list(created(0, 1, "u"), found(90, 91, "u"), found(220, 221, "u")), check.Violated, "129ms before", 2},
		{"extended by an access that took long", list(created(0, 1, "u"), found(90, 191, "u"), found(220, 221, "u"), none(400, 401)), check.OK, "", 0},
		{"perhaps extended", list(created(0, 1, "u"), lost(found(90, 91, "u")), found(220, 221, "u"), none(400, 401)), check.OK, "", 0},
		{"perhaps created late", list(lost(created(0, 1, "u")), found(220, 221, "u"), none(400, 401)), check.OK, "", 0},
		{"nobody waited for the end", list(created(0, 1, "u"), found(50, 51, "u")), check.Unknown, "none of 1 sessions was left alone", 0},
		{"an end by hand is no expiry", list(created(0, 1, "u"), ended(2, 3), none(150, 151)), check.Unknown, "none of 1", 0},
	})
}

func TestExpiries(t *testing.T) {
	got := check.Expiries(list(
		created(0, 1, "u"), found(108, 109, "u"), none(240, 241),
		on("y", created(0, 2, "v")), on("y", none(104, 105)),
	), brief.Expiry)
	if want := (check.Expired{N: 2, Earliest: 5 * ms, Latest: 9 * ms}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := check.Expiries(nil, brief.Expiry); got.N != 0 || got.Latest > -100*time.Millisecond {
		t.Errorf("of nothing: %+v", got)
	}
}
