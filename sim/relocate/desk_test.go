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
	desk := relocate.NewDesk(strategy("majority:3"), homes)
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
	desk := relocate.NewDesk(strategy("first"), homes)
	if _, move := desk.Served(visit("a", "NRT", "LHR")); move || desk.Log() != nil {
		t.Error("an object moves by the strategy first")
	}
}

func TestAnObjectOnItsWayIsLeftAlone(t *testing.T) {
	desk := relocate.NewDesk(strategy("follow"), homes)
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
	desk := relocate.NewDesk(strategy("follow"), homes)
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
