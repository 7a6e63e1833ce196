package relocate_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/relocate"
)

var homes = []regions.ID{"LHR", "NRT"}

func anywhere(object.Identity) []regions.ID { return homes }

func strategy(text string) placement.Strategy {
	m, err := regions.Load()
	if err != nil {
		panic(err)
	}
	s, err := placement.Parse(text, m, homes)
	if err != nil {
		panic(err)
	}
	return s
}

func visit(name string, edge, home regions.ID) relocate.Visit {
	return relocate.Visit{Object: object.Identity{ID: object.ID{name[0]}, Class: "c", Name: name}, At: time.Unix(1, 0), Edge: edge, Home: home}
}

func Example() {
	desk := relocate.NewDesk(strategy("majority:3"), anywhere)
	for range 3 {
		if to, move := desk.Served(visit("room", "NRT", "LHR")); move {
			fmt.Println("move to", to)
			desk.Over(object.ID{'r'}, time.Unix(2, 0), nil)
		}
	}
	m := desk.Log()[0]
	fmt.Println(m.Object.Name, m.From, m.To, m.Ended.Sub(m.Began))
	// Output:
	// move to NRT
	// room LHR NRT 1s
}

func TestStrategiesThatMoveNothingHaveNoDesk(t *testing.T) {
	desk := relocate.NewDesk(strategy("first"), anywhere)
	if _, move := desk.Served(visit("a", "NRT", "LHR")); move || desk.Log() != nil {
		t.Error("an object moves by the strategy first")
	}
}

func TestAnObjectOnItsWayIsLeftAlone(t *testing.T) {
	desk := relocate.NewDesk(strategy("follow"), anywhere)
	if to, move := desk.Served(visit("a", "NRT", "LHR")); !move || to != "NRT" {
		t.Fatalf("to %s: %v", to, move)
	}
	if _, move := desk.Served(visit("a", "NRT", "LHR")); move {
		t.Error("it is told to go twice")
	}
	desk.Over(object.ID{'a'}, time.Unix(2, 0), errors.New("busy"))
	if _, move := desk.Served(visit("a", "NRT", "LHR")); !move {
		t.Error("after a move that failed it is not told again")
	}
	if log := desk.Log(); len(log) != 2 || log[0].Cause == nil || !log[1].Ended.IsZero() {
		t.Errorf("%+v", log)
	}
}

func TestMovesAtOnceAreBounded(t *testing.T) {
	desk := relocate.NewDesk(strategy("follow"), anywhere)
	moving := 0
	for i := range 2 * relocate.AtOnce {
		v := visit("x", "NRT", "LHR")
		v.Object.ID = object.ID{byte(i)}
		if _, move := desk.Served(v); move {
			moving++
		}
	}
	if moving != relocate.AtOnce {
		t.Errorf("%d objects move at once, want %d", moving, relocate.AtOnce)
	}
}

// stubborn is a mover that knows no borders: it goes to Tokyo.
type stubborn struct{ placement.Strategy }

func (stubborn) Observe(*placement.State, placement.Visit) (regions.ID, bool) { return "NRT", true }

func TestNoObjectGoesWhereItMayNotLive(t *testing.T) {
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	rooms := object.NewNamespace("c", "secret", regions.Jurisdictions()...)
	american, err := rooms.Jurisdiction("us")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		story  string
		space  object.Namespace
		within regions.Jurisdiction
		moves  bool
	}{
		{"no law", rooms, "", true},
		{"the world's own", rooms, "us", false},
		{"the object's, which its ID tells", american, "", false},
		{"both, and they leave nothing", american, "eu", false},
	} {
		borders := relocate.Borders{
			Map: m, Homes: []regions.ID{"LHR", "IAD", "NRT"}, Within: test.within, Spaces: map[string]object.Namespace{"c": rooms},
		}
		desk := relocate.NewDesk(stubborn{strategy("first")}, borders.Allowed)
		v := visit("a", "NRT", "IAD")
		v.Object = test.space.Named("a")
		if to, move := desk.Served(v); move != test.moves {
			t.Errorf("%s: moves to %q: %v, want %v", test.story, to, move, test.moves)
		}
	}
}
