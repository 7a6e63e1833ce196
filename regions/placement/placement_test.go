package placement_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

var (
	_ placement.Strategy = placement.FirstRequest{}
	_ placement.Strategy = placement.Fixed{}
)

func world(t testing.TB) (*regions.Map, []regions.ID) {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	var homes []regions.ID
	for _, h := range m.DefaultHomes() {
		homes = append(homes, h.ID)
	}
	return m, homes
}

func TestPlace(t *testing.T) {
	m, homes := world(t)
	for _, test := range []struct {
		story    string
		strategy string
		edge     regions.ID
		homes    []regions.ID
		want     regions.ID
	}{
		{"a user in London", "first", "LHR", homes, "LHR"},
		{"a user in Brazil: nothing nearer than Virginia", "first", "GRU", homes, "IAD"},
		{"the Gulf reaches Singapore before London", "first", "DXB", homes, "SIN"},
		{"a jurisdiction took London away", "first", "FRA", []regions.ID{"IAD", "SIN"}, "IAD"},
		{"no home left", "first", "FRA", nil, ""},
		{"always there, wherever the user", "fixed:SYD", "LHR", homes, "SYD"},
		{"a hint is its home", "fixed:weur", "SIN", homes, "LHR"},
		{"the fixed home is not allowed: better none than a wrong one", "fixed:SYD", "LHR", []regions.ID{"IAD"}, ""},
	} {
		s, err := placement.Parse(test.strategy, m, homes)
		if err != nil {
			t.Errorf("%s: %v", test.story, err)
			continue
		}
		ask := placement.Ask{Object: "a", Edge: test.edge, Homes: test.homes}
		if got := s.Place(ask); got != test.want {
			t.Errorf("%s: %q, want %q", test.story, got, test.want)
		}
	}
}

func TestParseReadsWhatStringPrints(t *testing.T) {
	m, homes := world(t)
	for _, test := range []struct{ story, text, want string }{
		{"no argument", "first", "first"},
		{"blanks around and small letters", " fixed:iad ", "fixed:IAD"},
		{"a number that was not said", "majority", "majority:10"},
		{"times in short", "akkio:120m", "akkio:2h"},
		{"times in days", "volley:3d", "volley:72h"},
		{"the usual cost of a move", "mtlm", "mtlm:20"},
		{"a schedule", "sun:NRT@0/LHR@8/IAD@15", "sun:NRT@0/LHR@8/IAD@15"},
		{"a law around a mover", "jurisdiction:us/coin-flip:5", "jurisdiction:us/coin-flip:5"},
		{"a hint becomes the home it stands for", "fixed:apac-ne", "fixed:NRT"},
		{"the hint's own home is not in the run: its likeliest site that is", "fixed:eeur", "fixed:AMS"},
	} {
		s, err := placement.Parse(test.text, m, append(homes, "MRS", "AMS"))
		if err != nil || s.String() != test.want {
			t.Errorf("%s: %v, %v; want %s", test.story, s, err, test.want)
			continue
		}
		again, err := placement.Parse(s.String(), m, append(homes, "MRS", "AMS"))
		if err != nil || again.String() != s.String() {
			t.Errorf("%s: read again it is %v, %v", test.story, again, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	m, homes := world(t)
	for _, test := range []struct{ story, text, want string }{
		{"a slip", "frist", `unknown strategy "frist"; did you mean first?`},
		{"a slip before the home", "fixd:IAD", `unknown strategy "fixd:IAD"; did you mean fixed:IAD?`},
		{"nothing like it", "teleport", `unknown strategy "teleport"; there are first, lottery, fixed:HOME, random, hint[:HINT], regional, majority[:ACCESSES], volley[:PERIOD], akkio[:HALF-LIFE], move-to-min[:D], mtlm[:D], coin-flip[:D], follow, sun[:HOME@HOUR/…], jurisdiction:J/STRATEGY`},
		{"nothing", "", `unknown strategy ""; there are first, lottery, fixed:HOME, random, hint[:HINT], regional, majority[:ACCESSES], volley[:PERIOD], akkio[:HALF-LIFE], move-to-min[:D], mtlm[:D], coin-flip[:D], follow, sun[:HOME@HOUR/…], jurisdiction:J/STRATEGY`},
		{"a home for one that takes none", "first:LHR", `no strategy "first:LHR": first takes nothing after its name`},
		{"no home for one that needs it", "fixed:", `no strategy "fixed": fixed needs a home: fixed:IAD`},
		{"a slip in the home", "fixed:LRH", `unknown home "LRH"; did you mean LHR (London)?`},
		{"an edge that is no home", "fixed:LAD", `no home "LAD": LAD (Luanda) hosts no objects; the nearest is MAD (Madrid)`},
		{"a slip before an argument is mended with it", "akio:2h", `unknown strategy "akio:2h"; did you mean akkio:2h?`},
		{"a slip within a jurisdiction", "jurisdiction:us/frist", `unknown strategy "frist"; did you mean first?`},
		{"no such law", "jurisdiction:ue/first", `unknown jurisdiction "ue"; did you mean eu? There are eu, us, fedramp, fedramp-high`},
		{"a law without a strategy", "jurisdiction:eu", `no strategy "jurisdiction:eu": it needs a jurisdiction and a strategy, as in jurisdiction:eu/first`},
		{"a jurisdiction without a home in the run", "jurisdiction:eu/first", `no jurisdiction "eu": none of the run's homes [LHR IAD SJC SIN NRT SYD] is within it; these are: --homes AMS,ARN,CDG,FRA,LIS,MAD,MRS,MXP,PRG,VIE,WAW`},
		{"a home outside of the jurisdiction", "jurisdiction:us/fixed:LHR", `no strategy "jurisdiction:us/fixed:LHR": LHR is outside of us, so no object could live anywhere; [IAD SJC] are within it`},
		{"no such hint", "hint:weurr", `unknown hint "weurr"; did you mean weur? There are wnam, enam, sam, weur, eeur, apac, apac-ne, apac-se, oc, afr, me`},
		{"a vote of nobody", "majority:0", `no strategy "majority:0": want a number of accesses from 1 to 1048575`},
		{"no time", "akkio:soon", `no time of a strategy "soon": want a time from 1ms to ten years, such as 24h or 3d`},
		{"a move that costs nothing", "mtlm:0", `no cost of a move "0": want round trips from 0.5 to 1000000`},
		{"a schedule without hours", "sun:LHR", `no schedule "LHR": "LHR" is no home at an hour from 0 to 23, as in NRT@0/LHR@8/IAD@15`},
		{"a yardstick", "clairvoyant", `no strategy "clairvoyant": it knows the future: it is a yardstick of every comparison, and no strategy to run`},
		{"a home of another run", "fixed:DEN", `no home "DEN": it is not among the run's homes [LHR IAD SJC SIN NRT SYD]`},
	} {
		_, err := placement.Parse(test.text, m, homes)
		var name *regions.NameError
		if !errors.As(err, &name) || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.story, err, test.want)
		}
	}
}

func Example() {
	world, _ := regions.Load()
	homes := []regions.ID{"LHR", "IAD", "SIN"}
	for _, text := range []string{"first", "fixed:enam"} {
		strategy, err := placement.Parse(text, world, homes)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(strategy, "->", strategy.Place(placement.Ask{Object: "room-7", Edge: "BOM", Homes: homes}))
	}
	// Output:
	// first -> SIN
	// fixed:IAD -> IAD
}

func BenchmarkFirstRequest(b *testing.B) {
	m, homes := world(b)
	s := placement.FirstRequest{Map: m}
	for b.Loop() {
		s.Place(placement.Ask{Object: "a", Edge: "GRU", Homes: homes})
	}
}
