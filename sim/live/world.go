package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/relocate"
	"github.com/durabench/durabench/sim/wan"
)

// World runs until it is stopped.
type World struct {
	config Config
	spaces refimpl.Namespaces

	network *wan.Network
	links   []*wan.Link // of every edge and home
	probe   *wan.Probe
	echo    net.Listener

	homes    map[regions.ID]*home
	edges    []*edge
	troubles troubles
	movers   *movers
	stop     context.CancelFunc // ends probe and echo
	running  sync.WaitGroup     // servers, probe, echo
}

// home is one node with the server that edges reach it by.
type home struct {
	node     *refimpl.Node // nil while it is dead
	server   *http.Server
	address  string
	database *database
	between  *between

	deaths    int    // faults that killed it and have not ended
	starts    uint64 // after the first
	revival   sync.WaitGroup
	noRevival context.CancelFunc
}

// edge is one point of presence with what it holds open.
type edge struct {
	id          regions.ID
	server      *http.Server
	address     string
	remotes     []*refimpl.Remote // in the order of Config.Homes
	toDirectory *wan.Link
	directory   store.Directory
}

// WarmConnections is how many connections each edge holds to each home when a run
// begins: the network between them is a backbone, which is never cold.
const WarmConnections = 8

// probeEvery is how often each pair of edge and home is pinged, to compare the
// delay that was injected with the delay that was had.
const probeEvery = 250 * time.Millisecond

// Start builds the world. On an error, what was started is stopped.
func Start(ctx context.Context, config Config) (*World, error) {
	network, err := wan.New(wan.Options{})
	if err != nil {
		return nil, fmt.Errorf("start network: %w", err)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	w := &World{
		config: config, network: network, stop: stop,
		spaces:   refimpl.NewNamespaces("durabench", config.Classes),
		probe:    wan.NewProbe(probeEvery),
		homes:    make(map[regions.ID]*home),
		troubles: troubles{links: make(map[*wan.Link]*damage), central: newDatabase(nil)},
	}
	w.movers = newMovers(config.Place, relocate.Borders{Map: config.Map, Homes: config.Homes, Within: config.Within, Spaces: w.spaces})
	if err := w.start(ctx, background); err != nil {
		return nil, errors.Join(err, w.Stop(ctx))
	}
	return w, nil
}

func (w *World) start(ctx, background context.Context) error {
	for _, id := range w.config.Homes {
		if err := w.startHome(ctx, id); err != nil {
			return fmt.Errorf("start home %s: %w", id, err)
		}
	}
	w.connectHomes()
	for _, id := range w.config.Edges {
		w.edges = append(w.edges, w.newEdge(id))
	}
	// Each edge connects to the directory across the world: together, not one after the other.
	group, ctx := errgroup.WithContext(ctx)
	for _, e := range w.edges {
		group.Go(func() error {
			if err := w.startEdge(ctx, e); err != nil {
				return fmt.Errorf("start edge %s: %w", e.id, err)
			}
			return nil
		})
	}
	if w.movers.desk != nil {
		for _, id := range w.config.Homes {
			w.homes[id].between.warm(ctx, group)
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return w.startProbe(background)
}

func (w *World) startHome(ctx context.Context, id regions.ID) error {
	h := &home{address: "127.0.0.1:0", database: newDatabase(w.config.Storage.Store(id))}
	if err := w.startNode(ctx, id, h); err != nil {
		return err
	}
	w.homes[id] = h
	return nil
}

// startNode starts a home's node, for the first time or again. Each draws its own
// random numbers: one that came back would give the same ids once more.
func (w *World) startNode(ctx context.Context, id regions.ID, h *home) error {
	var node *refimpl.Node
	node, err := refimpl.StartNode(ctx, refimpl.NodeConfig{
		Visited: w.movers.watch(id, func() *refimpl.Node { return node }),
		Name:    strings.ToLower(string(id)) + "-1", Region: id, Store: h.database,
		Classes: w.config.Classes, Namespaces: w.spaces, Cores: w.config.Cores, Clock: w.config.Clock,
		Seed: w.config.Seed + h.starts<<32, Log: w.config.Log, Patience: slotPatience, Tamper: w.config.Tamper,
	})
	if err != nil {
		return err
	}
	server := refimpl.NewHomeServer(node.Handler(w.spaces))
	address, err := w.listen(server, h.address)
	if err != nil {
		return errors.Join(err, node.Stop(ctx))
	}
	if h.between != nil {
		node.Reach(w.edgeOf(id, h, node))
	}
	h.node, h.server, h.address = node, server, address
	return nil
}

// slotPatience is longer than a server takes to notice that an owner is gone.
const slotPatience = 10 * time.Second

// newEdge lays an edge's links.
func (w *World) newEdge(id regions.ID) *edge {
	e := &edge{id: id, toDirectory: w.link(id, w.config.Directory, "directory")}
	for _, at := range w.config.Homes {
		link := w.link(id, at, "home")
		w.links = append(w.links, link)
		e.remotes = append(e.remotes, refimpl.NewRemote(w.homes[at].address, link.DialContext, w.config.Clock, w.config.Log))
	}
	return e
}

func (w *World) startEdge(ctx context.Context, e *edge) (err error) {
	opened, err := w.config.Storage.OpenDirectory(ctx, e.toDirectory.DialContext)
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	e.directory = directory{opened, w.troubles.central}
	homes := make(map[regions.ID]refimpl.Home)
	for i, at := range w.config.Homes {
		homes[at] = e.remotes[i]
	}
	warming, warmCtx := errgroup.WithContext(ctx)
	for _, r := range e.remotes {
		warming.Go(func() error { return r.Warm(warmCtx, WarmConnections) })
	}
	if err := warming.Wait(); err != nil {
		return err
	}
	e.server = refimpl.NewEdgeServer(refimpl.NewEdge(refimpl.EdgeConfig{
		ID:         w.movers.told(e.id),
		Namespaces: w.spaces, Directory: e.directory, Homes: homes, Clock: w.config.Clock, Map: w.config.Map,
		Place: func(ask refimpl.Ask) (regions.ID, error) { return w.place(e.id, ask) },
	}))
	e.address, err = w.listen(e.server, "127.0.0.1:0")
	return err
}

func (w *World) place(edge regions.ID, ask refimpl.Ask) (regions.ID, error) {
	homes := w.movers.borders.Allowed(ask.Object) // which are in the ask's, but in an order that strategies draw by
	at := w.config.Place.Place(placement.Ask{Object: cmp.Or(ask.Object.Name, ask.Object.ID.String()), At: time.Now(), Edge: edge, Homes: homes})
	if at == "" {
		return "", fmt.Errorf("strategy %s found no home", w.config.Place)
	}
	return at, nil
}

// link makes the emulated path between two places. Each has random streams of
// its own, so that traffic on one does not change the delays of another.
func (w *World) link(from, to regions.ID, purpose string) *wan.Link {
	path := w.config.Map.Path(from, to, w.config.Jitter, w.config.Seed)
	name := string(from) + "-" + string(to)
	random := loadgen.Random(w.config.Seed, streamOf(purpose+name))
	draw := func(r *rand.Rand, _ wan.Direction) time.Duration { return path.Delay(r) }
	return w.network.Link(name, wan.Drawn(random, draw))
}

func (w *World) listen(server *http.Server, address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	w.running.Go(func() { _ = server.Serve(l) }) // ends when the server is shut down
	return l.Addr().String(), nil
}

func (w *World) startProbe(background context.Context) error {
	var err error
	if w.echo, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("listen for probes: %w", err)
	}
	w.running.Go(func() { _ = wan.Echo(background, w.echo) })
	w.running.Go(func() { w.probe.Run(background, "tcp", w.echo.Addr().String(), w.links...) })
	return nil
}
