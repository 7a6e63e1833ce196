package live

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/wan"
)

// Edges are the world's edges as a load generator reaches them, weighted by the
// users that live near each.
func (w *World) Edges() []loadgen.Edge {
	shares := w.config.Map.Shares(w.config.Edges)
	edges := make([]loadgen.Edge, len(w.edges))
	for i, e := range w.edges {
		edges[i] = loadgen.Edge{ID: e.id, URL: "http://" + e.address, Weight: shares[i]}
	}
	return edges
}

// Pair is what was measured between an edge and a home.
type Pair struct {
	Edge, Home regions.ID
	wan.PairError
}

// Network compares the delays injected so far with those measured.
func (w *World) Network() (pairs []Pair, overall wan.Summary) {
	for i, p := range w.probe.Pairs() {
		pairs = append(pairs, Pair{
			Edge:      w.config.Edges[i/len(w.config.Homes)],
			Home:      w.config.Homes[i%len(w.config.Homes)],
			PairError: p,
		})
	}
	return pairs, w.probe.Error()
}

// Stop ends the world from the outside in: edges take no more requests, homes
// make durable what they acknowledged, and only then does the network go.
func (w *World) Stop(ctx context.Context) error {
	var errs []error
	w.mend()
	w.stop()
	for _, e := range w.edges {
		errs = append(errs, shutdown(ctx, e.server))
		for _, r := range e.remotes {
			r.Close()
		}
		if e.directory != nil {
			errs = append(errs, e.directory.Close())
		}
	}
	w.movers.stop()
	for id, h := range w.homes {
		if h.node == nil {
			continue // it is dead
		}
		if err := h.node.Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop home %s: %w", id, err))
		}
		errs = append(errs, shutdown(ctx, h.server))
	}
	for _, h := range w.homes {
		errs = append(errs, h.between.close())
	}
	errs = append(errs, w.network.Close())
	w.running.Wait()
	return errors.Join(errs...)
}

// shutdown lets what is under way finish for as long as ctx allows.
func shutdown(ctx context.Context, server *http.Server) error {
	if server == nil {
		return nil
	}
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("shut down server: %w", err), server.Close())
	}
	return nil
}

func streamOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	return h.Sum64()
}
