package wan

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Direction is one way along a link, seen from the dialler.
type Direction uint8

// The two directions.
const (
	Out Direction = iota // dialler to listener
	In                   // listener to dialler
)

// String returns "out" or "in".
func (d Direction) String() string {
	if d == Out {
		return "out"
	}
	return "in"
}

// Delays gives the one-way delay of the next chunk in a direction. A network
// calls it from many goroutines at once. Less than zero counts as zero.
type Delays interface {
	Delay(Direction) time.Duration
}

// Steady is a pair of delays without jitter.
type Steady struct{ Out, In time.Duration }

// Delay returns the delay of the direction.
func (s Steady) Delay(d Direction) time.Duration {
	if d == Out {
		return s.Out
	}
	return s.In
}

// Drawn makes Delays out of a function that draws from a random source, which
// from then on belongs to the Delays: a lock lets one goroutine draw at a time.
func Drawn(r *rand.Rand, draw func(*rand.Rand, Direction) time.Duration) Delays {
	return &drawn{source: r, draw: draw}
}

type drawn struct {
	mu     sync.Mutex
	source *rand.Rand
	draw   func(*rand.Rand, Direction) time.Duration
}

func (d *drawn) Delay(dir Direction) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.draw(d.source, dir)
}

// Link is one pair of places: its delay, its faults, and the record of how
// exact it was. All methods may be called at any time from any goroutine.
type Link struct {
	network *Network
	name    string
	delays  Delays
	late    histogram
	stalls  atomic.Uint64
	slow    atomic.Int64 // extra delay each way, ns

	cut    [2]atomic.Bool // written under mu, read without it on the hot path
	mu     sync.Mutex
	parked []parkable    // lanes with something due on a direction that is cut
	healed chan struct{} // closed by the next Heal; nil while nobody waits
}

// parkable is a lane that waits for its direction to be healed.
type parkable interface {
	direction() Direction
	resume()
}

// Lateness tells how late chunks were handed over: the instant at which the
// receiver could have them (or had them, if it was waiting in Read) less the
// instant at which they were due. Bytes offered to a socket that was full count
// as handed over, for their wait is the receiver's; those that queued behind
// them are not recorded.
func (l *Link) Lateness() Summary { return l.late.summary() }

// Stalls counts how often bytes were due on a socket that was full.
func (l *Link) Stalls() uint64 { return l.stalls.Load() }

// Slow adds a delay to every chunk that enters the link from now on, each way,
// and to every dial. Zero takes it away again.
func (l *Link) Slow(extra time.Duration) { l.slow.Store(int64(extra)) }

// Cut stops the given directions, or both when none is given. Whatever would
// arrive over a cut direction waits, and so does every dial, which needs both.
func (l *Link) Cut(dirs ...Direction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range orBoth(dirs) {
		l.cut[d].Store(true)
	}
}

// Heal restores the given directions, or both when none is given. What waited is
// sent again: it arrives one way's delay from now, in order. (A real TCP sender
// would notice only at its next retransmission, which may be later.)
func (l *Link) Heal(dirs ...Direction) {
	l.mu.Lock()
	for _, d := range orBoth(dirs) {
		l.cut[d].Store(false)
	}
	parked := l.parked // those whose direction is still cut will park again
	l.parked = nil
	if l.healed != nil {
		close(l.healed)
		l.healed = nil
	}
	l.mu.Unlock()
	for _, p := range parked {
		p.resume()
	}
}

func orBoth(dirs []Direction) []Direction {
	if len(dirs) == 0 {
		return []Direction{Out, In}
	}
	return dirs
}

// DialContext connects to addr through the link. It takes one round trip more
// than the dial underneath, and while the link is cut it waits for the healing
// or for ctx. (The listener sees the connection after one round trip, where a
// real one would see it half a round trip later still.)
func (l *Link) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := l.handshake(ctx); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	raw, err := l.network.options.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c, err := l.network.adopt(l, raw)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: raw.RemoteAddr(), Err: err}
	}
	return c, nil
}

// handshake takes one round trip over an uncut link. One that a cut meets
// under way is lost, and begins anew after the healing.
func (l *Link) handshake(ctx context.Context) error {
	for {
		if err := l.whole(ctx); err != nil {
			return err
		}
		if err := l.network.clock.sleep(ctx, l.delay(Out)+l.delay(In)); err != nil {
			return err
		}
		if !l.cut[Out].Load() && !l.cut[In].Load() {
			return nil
		}
	}
}

// whole waits until neither direction is cut.
func (l *Link) whole(ctx context.Context) error {
	for {
		l.mu.Lock()
		if !l.cut[Out].Load() && !l.cut[In].Load() {
			l.mu.Unlock()
			return ctx.Err()
		}
		if l.healed == nil {
			l.healed = make(chan struct{})
		}
		healed := l.healed
		l.mu.Unlock()
		select {
		case <-healed:
		case <-ctx.Done():
			return ctx.Err()
		case <-l.network.clock.done:
			return net.ErrClosed
		}
	}
}

// delay draws the one-way delay of the next chunk, slowness included.
func (l *Link) delay(d Direction) instant {
	return max(0, l.delays.Delay(d)+time.Duration(l.slow.Load()))
}

// park keeps p until its direction is healed, if it is cut.
func (l *Link) park(p parkable) bool {
	if !l.cut[p.direction()].Load() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.cut[p.direction()].Load() {
		return false // healed while we came here; its Heal did not see us
	}
	l.parked = append(l.parked, p)
	return true
}
