package place

import (
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// The directory is in London: 1 ms away from there and 230.5 ms from Tokyo, there and back.
func TestAHistoryKnowsTheWayToTheDirectory(t *testing.T) {
	table := tableOf(t, "LHR", "IAD", "NRT")
	ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
	far := table.Map.RTT("NRT", "LHR").RTT
	for _, test := range []struct {
		story  string
		asked  []Asked
		born   regions.ID
		leaves []time.Duration // of the first object's accesses
	}{
		{"alone", []Asked{{ms(5), "a", "NRT"}}, "NRT", []time.Duration{ms(5) + far}},
		{"Tokyo asks first, and London's question is there first", []Asked{{ms(0), "a", "NRT"}, {ms(50), "a", "LHR"}}, "LHR", []time.Duration{ms(51), far}},
		{"Tokyo's question is there first", []Asked{{ms(0), "a", "NRT"}, {ms(200), "a", "LHR"}}, "NRT", []time.Duration{ms(201), far}},
		{"an edge that knows the object asks no more", []Asked{{ms(0), "a", "LHR"}, {ms(9), "a", "LHR"}}, "LHR", []time.Duration{ms(1), ms(9)}},
		{"what an edge is asked for meanwhile waits for the answer, too", []Asked{{ms(0), "a", "NRT"}, {ms(100), "a", "NRT"}}, "NRT", []time.Duration{far, far}},
		{
			"one question at a time: the second object's goes after the answer, with the third's",
			[]Asked{{ms(10), "b", "NRT"}, {ms(20), "a", "NRT"}, {ms(30), "a", "NRT"}, {ms(40), "c", "NRT"}},
			"NRT",
			[]time.Duration{ms(10) + 2*far, ms(10) + 2*far},
		},
		{
			"and so a question that waited comes too late",
			[]Asked{{ms(0), "b", "NRT"}, {ms(20), "a", "NRT"}, {ms(300), "a", "LHR"}},
			"LHR",
			[]time.Duration{ms(301), 2 * far},
		},
		{
			"after an answer, the next one goes at once",
			[]Asked{{ms(0), "b", "NRT"}, {ms(20), "c", "NRT"}, {ms(600), "a", "NRT"}},
			"NRT",
			[]time.Duration{ms(600) + far},
		},
	} {
		h, err := NewHistory(table, test.asked, "LHR", placement.KeyOf)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for i, o := range h.objects {
			if o.Key == placement.KeyOf("a") {
				at = i
			}
		}
		if born := table.Edges[h.objects[at].Born].ID; born != test.born {
			t.Errorf("%s: born in %s, want %s", test.story, born, test.born)
		}
		for i, a := range h.all[at] {
			if i >= len(test.leaves) || a.At != test.leaves[i] {
				t.Errorf("%s: access %d leaves its edge at %v, want %v", test.story, i, a.At, test.leaves)
			}
		}
	}
	if _, err := NewHistory(table, []Asked{{0, "a", "XXX"}}, "LHR", placement.KeyOf); err == nil {
		t.Error("an edge that is not on the map is taken")
	}
}

// TestMajorityDecidesOnce is the strategy's definition against a user who moves: the first accesses decide, and only they.
func TestMajorityDecidesOnce(t *testing.T) {
	table := tableOf(t, "LHR", "NRT")
	var asked []Asked
	for i := range 100 { // a third of them before the user moves
		edge := regions.ID("LHR")
		if i >= 33 {
			edge = "NRT"
		}
		asked = append(asked, Asked{time.Duration(i) * 10 * time.Second, "a", edge})
	}
	for _, test := range []struct {
		story, rule string
		moves       int64
	}{
		{"ten are counted, all of them before the user moved: it has nothing to mend, and never looks again", "majority:10", 0},
		{"of sixty-six, 33 were before: as many as after, so it stays", "majority:66", 0},
		{"of sixty-eight, more were after", "majority:68", 1},
		{"it waits for more than there are", "majority:101", 0},
	} {
		h, err := NewHistory(table, asked, "LHR", placement.KeyOf)
		if err != nil {
			t.Fatal(err)
		}
		result, err := Evaluate(t.Context(), h, Plan{Table: table, D: 1, Rules: rulesOf(t, table, 1, test.rule)})
		if err != nil {
			t.Fatal(err)
		}
		if got := result.entries[0].moves.n; got != test.moves {
			t.Errorf("%s (%s): %d moves, want %d", test.story, test.rule, got, test.moves)
		}
	}
}
