package wan

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Probe measures, from one end to the other, how exact a network is while other
// work goes on. On each link it keeps one connection to an Echo, sends a small
// message over it every interval, and compares the round trip with the sum of
// the two delays that these very chunks were given. So jitter is no error, but
// every wait for a processor is, at either end.
type Probe struct {
	interval time.Duration

	mu    sync.Mutex
	pairs []*pair
}

// pair is what a probe knows about one link.
type pair struct {
	link                     *Link
	injected, measured, over histogram

	mu   sync.Mutex
	lost uint64
}

// PairError compares, for one link, the round trips asked for with those measured.
type PairError struct {
	Link     string
	Lost     uint64  // pings without an answer: the connection broke, or was never made
	Injected Summary // sum of the two delays given to a ping and its echo
	Measured Summary // round trip
	Error    Summary // measured less injected, ping by ping
}

// pingSize is the length of a ping in bytes: a serial number, and the instant at
// which it was sent, for whoever reads a packet trace.
const pingSize = 16

// NewProbe makes a probe that pings each link every interval.
func NewProbe(interval time.Duration) *Probe { return &Probe{interval: interval} }

// Run pings the Echo at addr over every link until ctx ends, which is no error.
// A connection that breaks is made anew.
func (p *Probe) Run(ctx context.Context, network, addr string, links ...*Link) {
	var pings sync.WaitGroup
	defer pings.Wait()
	for i, l := range links {
		pr := &pair{link: l}
		p.mu.Lock()
		p.pairs = append(p.pairs, pr)
		p.mu.Unlock()
		// Spread over the interval, lest the probes wait for one another.
		phase := p.interval * time.Duration(i) / time.Duration(len(links))
		pings.Go(func() {
			for pause(ctx, phase) && ctx.Err() == nil {
				if err := pr.session(ctx, network, addr, p.interval); err != nil && ctx.Err() == nil {
					pr.lose()
				}
				phase = p.interval
			}
		})
	}
}

// Pairs tells what was measured so far, in the order of the links.
func (p *Probe) Pairs() []PairError {
	p.mu.Lock()
	defer p.mu.Unlock()
	errors := make([]PairError, 0, len(p.pairs))
	for _, pr := range p.pairs {
		errors = append(errors, pr.summary())
	}
	return errors
}

// Error is the distribution of the error over all links together.
func (p *Probe) Error() Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all histogram
	for _, pr := range p.pairs {
		all.add(&pr.over)
	}
	return all.summary()
}

// session pings over one connection until it breaks or ctx ends.
func (pr *pair) session(ctx context.Context, network, addr string, interval time.Duration) error {
	nc, err := pr.link.DialContext(ctx, network, addr)
	if err != nil {
		return fmt.Errorf("probe %s: %w", pr.link.name, err)
	}
	defer func() { _ = nc.Close() }() // it carried nothing that could be lost
	c := nc.(*conn)
	interrupt := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer interrupt()
	for serial := uint64(0); ; serial++ {
		if err := pr.ping(c, serial); err != nil {
			return fmt.Errorf("probe %s: %w", pr.link.name, err)
		}
		if !pause(ctx, interval) {
			return nil
		}
	}
}

// ping sends one message and waits for its echo. There is one at a time, so the
// lanes' last spans are those of this message.
func (pr *pair) ping(c *conn, serial uint64) error {
	var message, echo [pingSize]byte
	begin := c.link.network.clock.now()
	binary.BigEndian.PutUint64(message[:], serial)
	binary.BigEndian.PutUint64(message[8:], uint64(begin))
	if _, err := c.Write(message[:]); err != nil {
		return err
	}
	if _, err := io.ReadFull(c, echo[:]); err != nil {
		return err
	}
	measured := c.link.network.clock.now() - begin
	if echo != message {
		return fmt.Errorf("ping %d: echo is %x, sent %x", serial, echo, message)
	}
	injected := c.out.lastSpan() + c.in.lastSpan()
	pr.injected.record(injected)
	pr.measured.record(measured)
	pr.over.record(measured - injected)
	return nil
}

func (pr *pair) lose() {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	pr.lost++
}

func (pr *pair) summary() PairError {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	return PairError{
		Link: pr.link.name, Lost: pr.lost,
		Injected: pr.injected.summary(), Measured: pr.measured.summary(), Error: pr.over.summary(),
	}
}

// pause takes d; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Echo answers the pings that reach ln until ctx ends, then closes ln and every
// connection and returns nil; an error means that ln broke before.
func Echo(ctx context.Context, ln net.Listener) error {
	var echoes sync.WaitGroup
	defer echoes.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	unlisten := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer unlisten()
	for {
		c, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("echo: %w", err)
		}
		echoes.Go(func() {
			hangUp := context.AfterFunc(ctx, func() { _ = c.Close() })
			defer hangUp()
			answer(c)
		})
	}
}

// answer echoes until the prober is gone.
func answer(c net.Conn) {
	defer func() { _ = c.Close() }() // the prober sees what it got
	var message [pingSize]byte
	for {
		if _, err := io.ReadFull(c, message[:]); err != nil {
			return
		}
		if _, err := c.Write(message[:]); err != nil {
			return
		}
	}
}
