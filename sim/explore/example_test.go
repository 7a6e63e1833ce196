package explore_test

import (
	"context"
	"fmt"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/explore"
	"github.com/durabench/durabench/sim/virtual"
)

// Thirty small worlds, each with another class, load and trouble.
func ExampleExplore() {
	places, err := regions.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	profile, err := virtual.Shipped()
	if err != nil {
		fmt.Println(err)
		return
	}
	world := explore.World{Map: places, Profile: profile}
	found, err := explore.Explore(context.Background(), explore.Options{World: world, First: 1, Seeds: 30, Trouble: true})
	fmt.Println(found.Worlds, "worlds,", len(found.Failures), "failures,", err)
	// Output: 30 worlds, 0 failures, <nil>
}
