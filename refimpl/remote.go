package refimpl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/durabench/durabench/refimpl/object"
)

// Remote is a home reached over a network, through a dialer that may be an
// emulated WAN. It measures what the network took: its round trip less what the
// home accounts for.
type Remote struct {
	proxy     *httputil.ReverseProxy
	transport *http.Transport
	address   string
	clock     Clock
	log       *slog.Logger
	buffers   bufferPool // for WebSockets

	mu     sync.Mutex
	trunk  *trunk // nil until somebody calls, and after it broke
	trunks sync.WaitGroup
	open   context.Context // of trunks
	close  context.CancelFunc
}

// call sends a call over the trunk. While a broken one is wound up, none is sent:
// a call must not overtake the news that those before it failed.
func (m *Remote) call(to object.Identity, request *object.Request, answered func(answer)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open.Err() != nil {
		return errUnsent
	}
	if m.trunk == nil {
		t := newTrunk()
		m.trunk = t
		m.trunks.Go(func() {
			t.run(m.open, m)
			m.mu.Lock()
			defer m.mu.Unlock()
			m.trunk = nil
		})
	}
	return m.trunk.send(to, request, answered)
}

// Serve forwards the request, as an HTTP exchange or a WebSocket.
func (m *Remote) Serve(w http.ResponseWriter, r *http.Request, to Target) {
	if r.ContentLength > MaxBodyBytes { // the home need not hear of it
		forwardFailed(w, r, &http.MaxBytesError{Limit: MaxBodyBytes}, to, nil)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxBodyBytes)
	ctx := context.WithValue(r.Context(), forwardingKey{}, &forwarding{to: to, began: m.clock()})
	m.proxy.ServeHTTP(w, r.WithContext(ctx))
}

// Warm opens n connections to the home, as a network that carries traffic all day
// has them open. Without, the first users of a run would pay for handshakes.
func (m *Remote) Warm(ctx context.Context, n int) error {
	group, ctx := errgroup.WithContext(ctx)
	for range n { // none is idle yet, so each request opens its own
		group.Go(func() error {
			response, err := m.ask(ctx, http.MethodGet, healthPath)
			if err != nil {
				return fmt.Errorf("warm connection: %w", err)
			}
			return response.Body.Close()
		})
	}
	return group.Wait()
}

// welcome tells the home of an object that has come.
func (m *Remote) welcome(ctx context.Context, id object.ID, calm bool) error {
	response, err := m.ask(ctx, http.MethodPost, fmt.Sprintf("%s?id=%s&calm=%t", arrivedPath, id, calm))
	if err != nil {
		return fmt.Errorf("announce object: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("announce object: the home answered %s", response.Status)
	}
	return nil
}

// ask sends a request of the edge's own.
func (m *Remote) ask(ctx context.Context, method, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+m.address+path, nil)
	if err != nil {
		return nil, err
	}
	return m.transport.RoundTrip(request)
}

// Close drops the connections that are not in use, and that of calls: those
// without an answer fail.
func (m *Remote) Close() {
	m.close()
	m.trunks.Wait()
	m.transport.CloseIdleConnections()
}

// Dial opens a connection to an address.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// forwarding is what a request carries through the proxy.
type forwarding struct {
	to    Target
	began time.Time
}

type forwardingKey struct{}

// idleConnections is how many unused connections an edge keeps to a home: a new
// one costs a round trip.
const idleConnections = 1024

// edgeIdlePatience is how long an edge keeps an unused connection to a home.
const edgeIdlePatience = 90 * time.Second

// NewRemote returns the home at address (host:port), reached through dial.
func NewRemote(address string, dial Dial, clock Clock, logger *slog.Logger) *Remote {
	transport := &http.Transport{
		DialContext:         dial,
		MaxIdleConns:        idleConnections,
		MaxIdleConnsPerHost: idleConnections,
		IdleConnTimeout:     edgeIdlePatience,
		DisableCompression:  true,
	}
	remote := &Remote{transport: transport, address: address, clock: clock, log: logger}
	remote.open, remote.close = context.WithCancel(context.Background())
	remote.proxy = &httputil.ReverseProxy{
		Transport: onePool{transport},
		ErrorLog:  log.New(io.Discard, "", 0), // ErrorHandler says it
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			f := r.Context().Value(forwardingKey{}).(*forwarding)
			forwardFailed(w, r, err, f.to, logger)
		},
		Rewrite: func(p *httputil.ProxyRequest) {
			f := p.In.Context().Value(forwardingKey{}).(*forwarding)
			p.Out.URL = &url.URL{Scheme: "http", Host: address, Path: homePath(f.to), RawQuery: p.In.URL.RawQuery}
			p.Out.Header.Set(nameHeader, url.QueryEscape(f.to.Object.Name))
			delete(p.Out.Header, hopsHeader) // no client's business
			delete(p.Out.Header, edgeHeader)
			if f.to.Edge != "" {
				p.Out.Header.Set(edgeHeader, string(f.to.Edge))
			}
			if f.to.Hops > 0 {
				p.Out.Header.Set(hopsHeader, strconv.Itoa(f.to.Hops))
			}
		},
		ModifyResponse: func(r *http.Response) error {
			f := r.Request.Context().Value(forwardingKey{}).(*forwarding)
			home := r.Header.Get(timingHeader)
			wan := clock().Sub(f.began) - sumOf(home)
			out := appendPart(make([]byte, 0, 128), "wan", wan)
			out = appendPart(out, "route", f.to.Route)
			if home != "" {
				out = append(append(out, ", "...), home...)
			}
			setTiming(r.Header, out)
			if conn, ok := r.Body.(io.ReadWriteCloser); ok && r.StatusCode == http.StatusSwitchingProtocols {
				r.Body = &spliced{ReadWriteCloser: conn, buffers: &remote.buffers}
			}
			return nil
		},
	}
	return remote
}

// forwardFailed answers for a home that did not. A connection that could not be
// made carried nothing; after that, nobody can tell.
func forwardFailed(w http.ResponseWriter, r *http.Request, err error, to Target, logger *slog.Logger) {
	var tooLarge *http.MaxBytesError
	var op *net.OpError
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, os.ErrDeadlineExceeded): // no other deadline is set here
		status, message := bodyRefusal(err)
		writeError(w, status, "", message)
	case errors.As(err, &op) && op.Op == "dial":
		writeError(w, http.StatusServiceUnavailable, "retryable", "the object's home cannot be reached")
	default:
		if r.Context().Err() == nil {
			logger.Warn("home did not answer", "class", to.Object.Class, "object", to.Object.ID.String(), "cause", err)
		}
		writeError(w, http.StatusBadGateway, "unknown-outcome", "the object's home did not answer")
	}
}
