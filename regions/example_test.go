package regions_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/durabench/durabench/regions"
)

// Where would an object live that was first asked for in Lagos, and how far is that?
func Example() {
	world, err := regions.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	edge, err := world.Place("LOS")
	if err != nil {
		fmt.Println(err)
		return
	}
	var homes []regions.ID
	for _, h := range world.DefaultHomes() {
		homes = append(homes, h.ID)
	}
	home := world.Nearest(edge.ID, homes)
	d := world.RTT(edge.ID, home)
	fmt.Printf("%s -> %s: %v over %.0f km (%v)\n", edge.City, home, d.RTT, d.Km, d.Source)
	// Output: Lagos -> LHR: 88.709ms over 5004 km (area model)
}

func ExampleMap_RTT() {
	world, _ := regions.Load()
	for _, home := range []regions.ID{"LHR", "IAD", "SYD"} {
		d := world.RTT("SIN", home)
		fmt.Println(home, d.RTT, d.Source, d.Matrix)
	}
	// Output:
	// LHR 155ms measured azure
	// IAD 235.8ms measured aws
	// SYD 94ms measured azure
}

func ExamplePath_Delay() {
	world, _ := regions.Load()
	seed := uint64(42)
	chance := rand.New(rand.NewPCG(seed, 1))

	still := world.Path("LHR", "SIN", regions.Jitter{}, seed)
	fmt.Println(still.Delay(chance), still.Delay(chance))

	path := world.Path("LHR", "SIN", regions.Backbone(), seed)
	there, back := path.Delay(chance), path.Delay(chance)
	fmt.Println(there != back, path.Quantile(0.5) < path.Mean())
	// Output:
	// 77.5ms 77.5ms
	// true true
}

func ExampleMap_Home() {
	world, _ := regions.Load()
	_, err := world.Home("LRH")
	fmt.Println(err)
	// Output: unknown home "LRH"; did you mean LHR (London)?
}
