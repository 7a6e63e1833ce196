package place_test

import (
	"context"
	"fmt"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/place"
)

// Users who move once: is it worth to move their objects after them?
func Example() {
	world, _ := regions.Load()
	table, _ := placement.NewTable(world, []regions.ID{"LHR", "IAD", "SIN"}, nil)
	var rules []placement.Rule
	for _, text := range []string{"first", "akkio"} {
		rule, _ := placement.ParseRule(text, placement.Setting{Table: table, D: 20, Seed: 1})
		rules = append(rules, rule)
	}
	var results []*place.Result
	for seed := range uint64(6) {
		users := place.Population{Kind: place.Mover, Objects: 500, PerDay: 20, For: 14 * 24 * time.Hour, Seed: seed}
		source, _ := users.Source(table)
		result, _ := place.Evaluate(context.Background(), source, place.Plan{Table: table, Rules: rules, D: 20, Every: 1})
		results = append(results, result)
	}
	c := place.Compare("mover", "", results, place.Price{})
	for _, row := range c.Rows {
		fmt.Printf("%-12s %3.0f ms per access, %.2f times the clairvoyant\n", row.Strategy, row.Cost.PerAccessMs.Center, row.Cost.Ratio.Center)
	}
	fmt.Println("winner:", c.Ruling.Winner)
	// Output:
	// first         94 ms per access, 1.43 times the clairvoyant
	// akkio:72h     83 ms per access, 1.26 times the clairvoyant
	// static        81 ms per access, 1.22 times the clairvoyant
	// clairvoyant   66 ms per access, 1.00 times the clairvoyant
	// winner: akkio:72h
}
