package loadgen

import (
	"fmt"
	"math"
	"net/url"

	"github.com/durabench/durabench/regions"
)

// Edge is a place where clients enter the network.
type Edge struct {
	ID  regions.ID
	URL string // of its HTTP server, such as http://127.0.0.1:8080
	// Weight is its share of the clients against the other edges' weights.
	Weight float64
}

// Spread gives each client an edge: its index in edges. Shares follow the
// weights as nearly as whole clients allow for any number of clients, so a run
// with more clients keeps the edges of the earlier ones.
func Spread(edges []Edge, clients int) []int {
	var sum float64
	for _, e := range edges {
		sum += e.Weight
	}
	// Each client pays every edge its weight; the richest edge takes the client
	// and pays for it with the sum.
	credit := make([]float64, len(edges))
	assigned := make([]int, clients)
	for client := range assigned {
		richest := 0
		for i, e := range edges {
			credit[i] += e.Weight
			if credit[i] > credit[richest] {
				richest = i
			}
		}
		credit[richest] -= sum
		assigned[client] = richest
	}
	return assigned
}

// checkEdges returns the parsed addresses.
func checkEdges(edges []Edge) ([]*url.URL, error) {
	if len(edges) == 0 {
		return nil, fmt.Errorf("spread clients: no edge given")
	}
	bases := make([]*url.URL, len(edges))
	for i, e := range edges {
		base, err := url.Parse(e.URL)
		if err != nil {
			return nil, fmt.Errorf("edge %s: %w", e.ID, err)
		}
		if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
			return nil, fmt.Errorf("edge %s: address %q: want http://HOST:PORT or https://HOST", e.ID, e.URL)
		}
		if !(e.Weight > 0) || math.IsInf(e.Weight, 0) {
			return nil, fmt.Errorf("edge %s: weight %v: want more than zero", e.ID, e.Weight)
		}
		bases[i] = base
	}
	return bases, nil
}
