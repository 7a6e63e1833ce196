package refimpl

import (
	"net/http"
	"time"
)

// Limits of HTTP servers. A response has no time limit: a turn may wait for its object.
const (
	headerPatience = 5 * time.Second
	idlePatience   = 60 * time.Second
	maxHeaderBytes = 32 << 10
)

// NewEdgeServer serves the public: whoever connects must soon ask for something.
func NewEdgeServer(e *Edge) *http.Server {
	return &http.Server{
		Handler: e, MaxHeaderBytes: maxHeaderBytes,
		ReadHeaderTimeout: headerPatience, IdleTimeout: idlePatience,
	}
}

// NewHomeServer serves edges. It keeps a connection for longer than an edge does,
// used or not: if it closed one first, the news would be one way's delay under
// way, and a request sent meanwhile would be lost with an unknown outcome.
func NewHomeServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, MaxHeaderBytes: maxHeaderBytes,
		ReadHeaderTimeout: 2 * edgeIdlePatience, IdleTimeout: 2 * edgeIdlePatience,
	}
}
