package text_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

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

// random makes a change of a text, all kinds at once.
func random(r *rand.Rand, of string) text.Change {
	left := utf8.RuneCountInString(of)
	parts := []any{}
	for range 1 + r.IntN(4) {
		switch kind := r.IntN(3); {
		case kind == 0:
			parts = append(parts, strings.Repeat(string([]rune("aü日😀")[r.IntN(4)]), 1+r.IntN(3)))
		case left > 0 && kind == 1:
			n := 1 + r.IntN(left)
			left -= n
			parts = append(parts, n)
		case left > 0:
			n := 1 + r.IntN(min(left, 4))
			left -= n
			parts = append(parts, -n)
		}
	}
	data, _ := json.Marshal(parts)
	var c text.Change
	if err := json.Unmarshal(data, &c); err != nil {
		panic(err)
	}
	return c
}

// FuzzRebase holds TP1: both orders give the same text.
func FuzzRebase(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, "the quick 日本 fox")
	}
	f.Fuzz(func(t *testing.T, seed uint64, before string) {
		if len(before) > 1000 || !utf8.ValidString(before) {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		first, second := random(r, before), random(r, before)
		firstAfter, secondAfter := text.Rebase(first, second)
		var ends [2]string
		for i, order := range [2][2]text.Change{{first, secondAfter}, {second, firstAfter}} {
			ends[i] = before
			for _, c := range order {
				var err error
				if ends[i], err = c.Apply(ends[i]); err != nil {
					t.Fatalf("%v and %v of %q: %v", first, second, before, err)
				}
			}
		}
		if ends[0] != ends[1] {
			t.Errorf("%v and %v of %q: %q or %q", first, second, before, ends[0], ends[1])
		}
	})
}

// FuzzChange: what is read is in the one form, and writes as it reads.
func FuzzChange(f *testing.F) {
	for _, ops := range []string{`[]`, `[1,"a",-2]`, `[-1,"a",-1,"b",3]`, `["\ud800"]`} {
		f.Add(ops)
	}
	f.Fuzz(func(t *testing.T, ops string) {
		var c, again text.Change
		if json.Unmarshal([]byte(ops), &c) != nil {
			return
		}
		one, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(one, &again); err != nil {
			t.Fatalf("%s was written as %s, which is refused: %v", ops, one, err)
		}
		if two, _ := json.Marshal(again); string(one) != string(two) {
			t.Errorf("%s is %s, and then %s", ops, one, two)
		}
		if s, err := c.Apply("some text to be changed"); err == nil {
			c.Cursor(len(s))
		}
	})
}

// TestWritersConverge lets writers work through an object whose answers take
// their time: at the end all have its text, and each saw its own edits at once.
func TestWritersConverge(t *testing.T) {
	for seed := range uint64(100) {
		converge(t, rand.New(rand.NewPCG(seed, 2)))
	}
}

type wire struct {
	base  int64
	edits []text.Edit
}

type told struct {
	version int64
	from    int
	edit    text.Edit
}

func converge(t *testing.T, r *rand.Rand) {
	const writers = 4
	replicas, up, down := make([]*text.Replica, writers), make([][]wire, writers), make([][]told, writers)
	for i := range replicas {
		replicas[i] = text.NewReplica(0, "")
	}
	var log []text.Edit
	object := ""
	for step := 0; step < 400 || moving(up, down); step++ {
		n := r.IntN(writers)
		switch do := r.IntN(3); {
		case do == 0 && step < 400:
			seen := shown(t, replicas[n])
			edit := text.Edit{ID: fmt.Sprint(step), Change: random(r, seen)}
			replicas[n].Edit(edit)
			want, err := edit.Change.Apply(seen)
			if got := shown(t, replicas[n]); err != nil || got != want {
				t.Fatalf("a writer's own edit shows as %q, want %q (%v)", got, want, err)
			}
			up[n] = send(replicas[n], up[n])
		case do == 1 && len(up[n]) > 0:
			w := up[n][0]
			up[n] = up[n][1:]
			for _, e := range text.RebaseAll(log[w.base:], w.edits) {
				log = append(log, e)
				var err error
				if object, err = e.Change.Apply(object); err != nil {
					t.Fatal(err)
				}
				for i := range down {
					down[i] = append(down[i], told{int64(len(log)), n, e})
				}
			}
		case do == 2 && len(down[n]) > 0:
			take(t, replicas[n], n, down[n][0])
			down[n] = down[n][1:]
			up[n] = send(replicas[n], up[n])
		}
	}
	for i, replica := range replicas {
		if shown(t, replica) != object || replica.Confirmed() != object {
			t.Fatalf("writer %d ends with %q, the object with %q", i, replica.Confirmed(), object)
		}
	}
}

func moving(up [][]wire, down [][]told) bool {
	for i := range up {
		if len(up[i]) > 0 || len(down[i]) > 0 {
			return true
		}
	}
	return false
}

func send(r *text.Replica, to []wire) []wire {
	if base, edits := r.Send(); len(edits) > 0 {
		return append(to, wire{base, edits})
	}
	return to
}

func take(t *testing.T, r *text.Replica, who int, m told) {
	t.Helper()
	err := error(nil)
	if m.from == who {
		_, err = r.Acknowledge(m.version)
	} else {
		err = r.Remote(m.version, m.edit.Change)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func shown(t *testing.T, r *text.Replica) string {
	t.Helper()
	s, err := r.Text()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
