package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

const (
	placeRows  = 1000 // asks per round trip
	placeQueue = 4096 // calls that wait; more of them block until there is room
)

// Directory is the homes of objects, over one connection. Calls share round
// trips: whatever arrives while one is under way goes with the next. It holds no
// state, so a lost connection is made again.
type Directory struct {
	server *pgconn.Config
	config Config
	link   *link // nil while there is none; only serve touches it

	queue chan *placing
	quit  context.CancelFunc
	alive context.Context
	done  sync.WaitGroup
}

var _ store.Directory = (*Directory)(nil)

// placing is one call that waits for its homes.
type placing struct {
	asks  []store.Placement
	homes []regions.ID
	err   error
	ready chan struct{} // closed when homes and err are set
}

var errDirectoryClosed = errors.New("directory closed")

// OpenDirectory connects to the server at dsn and brings its schema up to date.
func OpenDirectory(ctx context.Context, dsn string, config Config) (*Directory, error) {
	config = config.filled()
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	server, err := config.server(dsn)
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	if _, err := migrate(ctx, server, config); err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	config.Idle = 0 // nothing is owned: the server need not hurry to cut it off
	d := &Directory{server: server, config: config, queue: make(chan *placing, placeQueue)}
	if err := d.connect(ctx); err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	d.alive, d.quit = context.WithCancel(context.Background())
	d.done.Go(d.serve)
	return d, nil
}

func (d *Directory) connect(ctx context.Context) error {
	l, err := connect(ctx, d.server, d.config, "durabench directory", directoryStatements(d.config.quoted()))
	d.link = l
	return err
}

// Place returns homes; the first to ask for an object decides its home. A ctx
// that ends stops the wait, not the placement.
func (d *Directory) Place(ctx context.Context, asks []store.Placement) ([]regions.ID, error) {
	homes := make([]regions.ID, 0, len(asks))
	for chunk := range slices.Chunk(asks, placeRows) {
		some, err := d.place(ctx, chunk)
		if err != nil {
			return nil, fmt.Errorf("place %d objects: %w", len(asks), err)
		}
		homes = append(homes, some...)
	}
	return homes, nil
}

func (d *Directory) place(ctx context.Context, asks []store.Placement) ([]regions.ID, error) {
	call := &placing{asks: asks, ready: make(chan struct{})}
	if d.alive.Err() != nil {
		return nil, errDirectoryClosed
	}
	select {
	case d.queue <- call:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-d.alive.Done():
		return nil, errDirectoryClosed
	}
	select {
	case <-call.ready:
		return call.homes, call.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-d.alive.Done():
		return nil, errDirectoryClosed
	}
}

// Close ends the connection; calls that wait get an error.
func (d *Directory) Close() error {
	d.quit()
	d.done.Wait()
	return nil
}

// serve is the one goroutine on the connection.
func (d *Directory) serve() {
	var held *placing // took from the queue, but did not fit
	for {
		calls, rows := []*placing(nil), 0
		if held == nil {
			select {
			case held = <-d.queue:
			case <-d.alive.Done():
				if d.link != nil {
					d.link.close()
				}
				return
			}
		}
		for held != nil && rows+len(held.asks) <= placeRows {
			calls, rows = append(calls, held), rows+len(held.asks)
			select {
			case held = <-d.queue:
			default:
				held = nil
			}
		}
		d.answer(calls)
	}
}

// answer settles calls in one round trip; over a connection that broke, it tries
// once more over a new one. Placing twice is the same as placing once.
func (d *Directory) answer(calls []*placing) {
	var homes map[object.ID]regions.ID
	var err error
	for range 2 {
		if d.link == nil {
			if err = d.connect(d.alive); err != nil {
				break
			}
		}
		if homes, err = d.exchange(calls); err == nil {
			break
		}
		d.link.drop()
		d.link = nil
	}
	for _, call := range calls {
		call.err = err
		for _, ask := range call.asks {
			call.homes = append(call.homes, homes[ask.Object])
		}
		close(call.ready)
	}
}

// exchange inserts what is not there yet and reads all back. The read is a
// statement of its own: the insert cannot see rows that others committed after
// it began, though it may well have waited for them.
func (d *Directory) exchange(calls []*placing) (map[object.ID]regions.ID, error) {
	asks := firstAsks(calls)
	l := d.link
	each := func(element uint32, cell func(*store.Placement)) {
		l.arrayOf(element, len(asks))
		for i := range asks {
			cell(&asks[i])
		}
		l.arrayEnd()
	}
	l.bind("place", 4)
	each(oidBytea, func(p *store.Placement) { l.bytes(p.Object[:]) })
	each(oidText, func(p *store.Placement) { l.text(p.Class) })
	each(oidBytea, func(p *store.Placement) { l.text(p.Name) })
	each(oidText, func(p *store.Placement) { l.text(string(p.Want)) })
	l.run()
	l.bind("home", 1)
	each(oidBytea, func(p *store.Placement) { l.bytes(p.Object[:]) })
	l.run()
	homes := make(map[object.ID]regions.ID, len(asks))
	err := l.send(func(_ int, columns [][]byte) { homes[object.ID(columns[0])] = regions.ID(columns[1]) })
	if err == nil && len(homes) != len(asks) {
		err = fmt.Errorf("%d homes for %d objects", len(homes), len(asks))
	}
	return homes, err
}

// firstAsks gives each object's first ask, in the order of their IDs: two
// directories that insert the same rows in different orders would deadlock.
func firstAsks(calls []*placing) []store.Placement {
	var asks []store.Placement
	for _, call := range calls {
		asks = append(asks, call.asks...)
	}
	byID := func(a, b store.Placement) int { return bytes.Compare(a.Object[:], b.Object[:]) }
	slices.SortStableFunc(asks, byID)
	return slices.CompactFunc(asks, func(a, b store.Placement) bool { return a.Object == b.Object })
}
