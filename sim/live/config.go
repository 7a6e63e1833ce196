package live

import (
	"context"
	"log/slog"
	"net"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// Config describes a world. All fields are required but those that say otherwise.
type Config struct {
	Map       *regions.Map
	Homes     []regions.ID
	Edges     []regions.ID
	Directory regions.ID // the place that the directory of homes is at
	Place     placement.Strategy
	Within    regions.Jurisdiction // that all objects stay in; may be none
	Jitter    regions.Jitter
	Seed      uint64

	Classes []object.Class
	Storage Storage
	Cores   int // sessions of each home's node
	Clock   refimpl.Clock
	Log     *slog.Logger
	// Tamper makes what stands between a core and its node, for each core anew; nil is
	// nothing. Planted bugs go here.
	Tamper func() refimpl.Tamper
}

// Storage is where a world keeps its objects.
type Storage interface {
	// Store is the one beside a home.
	Store(home regions.ID) store.Store
	// OpenDirectory opens a connection to the directory of homes through dial.
	OpenDirectory(ctx context.Context, dial Dial) (store.Directory, error)
}

// Dial opens a connection over the emulated network.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)
