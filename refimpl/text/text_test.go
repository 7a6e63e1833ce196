package text_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl/text"
)

func Example() {
	ann, bob := text.NewReplica(7, "Hello"), text.NewReplica(7, "Hello")
	ann.Edit(text.Edit{ID: "a1", Change: text.Insert(5, ", Bob")})
	bob.Edit(text.Edit{ID: "b1", Change: text.Insert(5, "!")})
	_, fromAnn := ann.Send()
	_, fromBob := bob.Send()

	// The object had Ann's first: version 8. Bob's becomes version 9.
	rebased := text.RebaseAll(fromAnn, fromBob)
	fmt.Println(bob.Remote(8, fromAnn[0].Change))
	_, err := bob.Acknowledge(9)
	fmt.Println(err)
	_, err = ann.Acknowledge(8)
	fmt.Println(err, ann.Remote(9, rebased[0].Change))
	fmt.Println(ann.Confirmed(), "|", bob.Confirmed())
	// Output:
	// <nil>
	// <nil>
	// <nil> <nil>
	// Hello, Bob! | Hello, Bob!
}

func ExampleRebase() {
	first, second := text.Insert(0, "a"), text.Insert(0, "b")
	a, b := text.Rebase(first, second)
	fmt.Println(a, b)
	// Output: [{0 0 a}] [{1 0 } {0 0 b}]
}

func read(t *testing.T, ops string) text.Change {
	t.Helper()
	var c text.Change
	if err := json.Unmarshal([]byte(ops), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestApply(t *testing.T) {
	for _, row := range []struct {
		story, ops, before, after string
		err                       error
	}{
		{"nothing", `[]`, "abc", "abc", nil},
		{"to the empty text", `["x"]`, "", "x", nil},
		{"in the middle", `[1,"x",-1]`, "abc", "axc", nil},
		{"all of it", `[-3]`, "abc", "", nil},
		{"letters of several bytes count once", `[2,"ü",-1]`, "日本語", "日本ü", nil},
		{"a position after the end", `[4,"x"]`, "abc", "", text.ErrOutside},
		{"more than there is to drop", `[1,-3]`, "abc", "", text.ErrOutside},
		{"at the end", `[3,"d"]`, "abc", "abcd", nil},
		{"too long", `["x"]`, strings.Repeat("y", text.MaxBytes), "", text.ErrTooLong},
	} {
		after, err := read(t, row.ops).Apply(row.before)
		if after != row.after || !errors.Is(err, row.err) {
			t.Errorf("%s: %q (%v), want %q (%v)", row.story, after, err, row.after, row.err)
		}
	}
}

func TestRebase(t *testing.T) {
	for _, row := range []struct{ story, before, first, second, both string }{
		{"at one place the first comes first", "xy", `[1,"a"]`, `[1,"b"]`, "xaby"},
		{"both drop the same: it is dropped once", "abcd", `[1,-2]`, `[2,-2]`, "a"},
		{"what is added inside of what is dropped stays", "abcd", `[-4]`, `[2,"x"]`, "x"},
		{"and the other way round", "abcd", `[2,"x"]`, `[-4]`, "x"},
		{"far apart", "abcd", `["<"]`, `[4,">"]`, "<abcd>"},
		{"one replaces what the other extends", "cat", `[-3,"dog"]`, `[3,"s"]`, "dogs"},
		{"nothing against something", "abc", `[]`, `[1,-1]`, "ac"},
	} {
		first, second := read(t, row.first), read(t, row.second)
		firstAfter, secondAfter := text.Rebase(first, second)
		for _, order := range [][]text.Change{{first, secondAfter}, {second, firstAfter}} {
			got := row.before
			for _, c := range order {
				var err error
				if got, err = c.Apply(got); err != nil {
					t.Fatalf("%s: %v", row.story, err)
				}
			}
			if got != row.both {
				t.Errorf("%s: %q, want %q", row.story, got, row.both)
			}
		}
	}
}

func TestCursor(t *testing.T) {
	for _, row := range []struct {
		story, ops string
		at, want   int
	}{
		{"before the change", `[5,"abc"]`, 3, 3},
		{"behind what was added", `[1,"abc"]`, 3, 6},
		{"at what was added", `[3,"ab"]`, 3, 5},
		{"behind what was dropped", `[1,-2]`, 5, 3},
		{"inside of what was dropped", `[1,-4]`, 3, 1},
		{"replaced", `["new",-3]`, 2, 3},
	} {
		if got := read(t, row.ops).Cursor(row.at); got != row.want {
			t.Errorf("%s: %d, want %d", row.story, got, row.want)
		}
	}
}

func TestChangesHaveOneForm(t *testing.T) {
	for _, row := range []struct{ story, ops, want string }{
		{"neighbours of a kind are one", `[1,2,"a","b",-1,-1]`, `[3,"ab",-2]`},
		{"what is added comes before what is dropped", `[-1,"a",-1,"b"]`, `["ab",-2]`},
		{"what is kept at the end is not said", `["a",5]`, `["a"]`},
		{"nothing", `[7]`, `[]`},
	} {
		got, err := json.Marshal(read(t, row.ops))
		if err != nil || string(got) != row.want {
			t.Errorf("%s: %s (%v), want %s", row.story, got, err, row.want)
		}
	}
}

func TestChangesAreRefused(t *testing.T) {
	for _, ops := range []string{
		`{}`, `[0]`, `[""]`, `[1.5]`, `[true]`, `[null]`, `[[1]]`, `[1048577]`, `[-1048577]`, `["\x"]`,
		"[" + strings.Repeat("1,", text.MaxSpans) + "1]",
	} {
		var c text.Change
		if err := json.Unmarshal([]byte(ops), &c); err == nil {
			t.Errorf("%.40s was taken", ops)
		}
	}
}

func TestReplicasRefuseWhatDoesNotFollow(t *testing.T) {
	r := text.NewReplica(3, "abc")
	if err := r.Remote(5, text.Insert(0, "x")); !errors.Is(err, text.ErrGap) {
		t.Errorf("a version was left out: %v", err)
	}
	if err := r.Remote(4, text.Insert(9, "x")); !errors.Is(err, text.ErrOutside) {
		t.Errorf("a change of another text: %v", err)
	}
	if _, err := r.Acknowledge(4); err == nil {
		t.Error("nothing was sent, and was acknowledged")
	}
	r.Edit(text.Edit{ID: "e", Change: text.Insert(0, "x")})
	r.Send()
	if _, err := r.Acknowledge(6); !errors.Is(err, text.ErrGap) {
		t.Errorf("acknowledged as a version that does not follow: %v", err)
	}
	if _, more := r.Send(); more != nil {
		t.Errorf("sent %v while another frame is under way", more)
	}
}
