package text_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/durabench/durabench/refimpl/text"
)

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
