package refimpl_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
)

// A connection that was opened beforehand is as good for a socket as for any other
// request: nobody who joins waits for a handshake.
func TestSocketsUseOpenConnections(t *testing.T) {
	class := echo{make(chan string, 10)}.class()
	address, _ := homeOf(t, refimpl.SocketLimits{}, class)
	var dials atomic.Int64
	remote := refimpl.NewRemote(address, func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}, refimpl.SystemClock(), quiet())
	defer remote.Close()
	if err := remote.Warm(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	of := refimpl.NewNamespaces("test", []object.Class{class})["echo"].Named("o")
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remote.Serve(w, r, refimpl.Target{Object: of, Path: "/"})
	}))
	defer front.Close()
	for want := range int64(3) { // the first socket has taken the only one
		p := join(t, front.Listener.Addr().String(), "/")
		p.asks("hello", "text hello")
		if got := dials.Load(); got != 1+want {
			t.Errorf("socket %d: %d connections were opened, want %d", want+1, got, 1+want)
		}
		p.conn.Close()
	}
}
