package live

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/wan"
)

// between is how a home's objects reach those of other homes. Nothing of it is
// connected before an object calls another.
type between struct {
	links       map[regions.ID]*wan.Link // to the other homes
	remotes     map[regions.ID]*refimpl.Remote
	toDirectory *wan.Link
	directory   *lateDirectory
}

// connectHomes lays the links between homes, when all of them have an address.
func (w *World) connectHomes() {
	for _, id := range w.config.Homes {
		h := w.homes[id]
		h.between = &between{
			links: make(map[regions.ID]*wan.Link), remotes: make(map[regions.ID]*refimpl.Remote),
			toDirectory: w.link(id, w.config.Directory, "home's directory"),
		}
		h.between.directory = &lateDirectory{open: func(ctx context.Context) (store.Directory, error) {
			return w.config.Storage.OpenDirectory(ctx, h.between.toDirectory.DialContext)
		}}
		for _, at := range w.config.Homes {
			if at != id {
				link := w.link(id, at, "home's home")
				h.between.links[at] = link
				h.between.remotes[at] = refimpl.NewRemote(w.homes[at].address, link.DialContext, w.config.Clock, w.config.Log)
			}
		}
		h.node.Reach(w.edgeOf(id, h, h.node))
	}
}

// edgeOf is the edge that a home's objects call through: objects of their own home
// are as near as they are.
func (w *World) edgeOf(id regions.ID, h *home, node *refimpl.Node) *refimpl.Edge {
	homes := map[regions.ID]refimpl.Home{id: node}
	for at, remote := range h.between.remotes {
		homes[at] = remote
	}
	return refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: w.spaces, Directory: directory{h.between.directory, w.troubles.central}, Homes: homes,
		Clock: w.config.Clock, Map: w.config.Map,
		Place: func(ask refimpl.Ask) (regions.ID, error) { return w.place(id, ask) },
	})
}

// warmBetween is how many connections a home whose objects move holds to each other home:
// as many as an edge does, but in a world of many homes, all on one machine, few enough
// that it does not run out of them.
func warmBetween(others int) int { return max(2, min(WarmConnections, 64/max(1, others))) }

// warm connects a home to the others and to the directory before its objects move: a
// region that expects to send requests after them does not wait for handshakes then.
func (b *between) warm(ctx context.Context, group *errgroup.Group) {
	group.Go(func() error {
		_, err := b.directory.get(ctx)
		return err
	})
	for _, r := range b.remotes {
		group.Go(func() error { return r.Warm(ctx, warmBetween(len(b.remotes))) })
	}
}

func (b *between) close() error {
	if b == nil {
		return nil // the world ended before
	}
	for _, r := range b.remotes {
		r.Close()
	}
	return b.directory.Close()
}

// lateDirectory is opened when it is first asked.
type lateDirectory struct {
	open func(context.Context) (store.Directory, error)

	mu     sync.Mutex
	opened store.Directory
	closed bool
}

var errDirectoryClosed = errors.New("directory closed")

func (d *lateDirectory) Place(ctx context.Context, asks []store.Placement) ([]regions.ID, error) {
	opened, err := d.get(ctx)
	if err != nil {
		return nil, err
	}
	return opened.Place(ctx, asks)
}

func (d *lateDirectory) get(ctx context.Context) (store.Directory, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errDirectoryClosed
	}
	var err error
	if d.opened == nil {
		d.opened, err = d.open(ctx)
	}
	return d.opened, err
}

func (d *lateDirectory) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.opened == nil {
		return nil
	}
	return d.opened.Close()
}
