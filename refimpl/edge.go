package refimpl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// Home is where an edge sends requests for the objects of a region: a *Node in
// the same process, or a *Remote.
type Home interface {
	Serve(w http.ResponseWriter, r *http.Request, to Target)
}

// EdgeConfig says where an edge is and whom it knows. All fields are required.
type EdgeConfig struct {
	Namespaces Namespaces
	Directory  store.Directory
	Homes      map[regions.ID]Home
	// Place says where an object should live that lives nowhere yet.
	Place func(object.Identity) (regions.ID, error)
	Clock Clock
}

// Edge is a point of presence: the stateless part in front of all objects.
type Edge struct {
	config EdgeConfig
	known  *directoryCache
	asking singleflight.Group
}

// cachedHomes bounds how many objects' homes an edge remembers.
const cachedHomes = 200_000

// directoryPatience bounds one question to the directory.
const directoryPatience = 10 * time.Second

// NewEdge returns an edge that has looked up nothing yet.
func NewEdge(config EdgeConfig) *Edge {
	return &Edge{config: config, known: newDirectoryCache(cachedHomes)}
}

// ServeHTTP finds the object that a request is for, and its home, and passes the request on.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == healthPath {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	began := e.config.Clock()
	to, err := route(r)
	switch {
	case errors.Is(err, errNoRoute):
		http.Error(w, "Not Found", http.StatusNotFound)
		return
	case err != nil:
		writeError(w, http.StatusBadRequest, "", err.Error())
		return
	}
	found, err := e.find(r, to)
	if err != nil {
		writeError(w, http.StatusServiceUnavailable, "retryable", err.Error())
		return
	}
	found.home.Serve(w, r, Target{Object: found.identity, Path: to.Path, Route: e.config.Clock().Sub(began)})
}

// located is an object with its home.
type located struct {
	identity object.Identity
	home     Home
}

// find looks in the cache, and on the first use of an object asks the directory.
// All who want the same object meanwhile wait for one answer.
func (e *Edge) find(r *http.Request, to Address) (located, error) {
	key := directoryKey{to.Class, to.Name}
	if l, ok := e.known.get(key); ok {
		return l, nil
	}
	answer := e.asking.DoChan(to.Class+"/"+to.Name, func() (any, error) {
		// Whoever asked first may hang up; the others still want to know.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), directoryPatience)
		defer cancel()
		l, err := e.ask(ctx, to)
		if err == nil {
			e.known.put(key, l)
		}
		return l, err
	})
	select {
	case a := <-answer:
		return a.Val.(located), a.Err
	case <-r.Context().Done():
		return located{}, r.Context().Err()
	}
}

// ask asks the directory, which is where an object's home is decided, once and for all.
func (e *Edge) ask(ctx context.Context, to Address) (located, error) {
	space, ok := e.config.Namespaces[to.Class]
	if !ok {
		return located{}, fmt.Errorf("find %s %q: the class is not served here", to.Class, to.Name)
	}
	identity := object.Identity{ID: space.IDFromName(to.Name), Class: to.Class, Name: to.Name}
	want, err := e.config.Place(identity)
	if err != nil {
		return located{}, fmt.Errorf("place %s %q: %w", to.Class, to.Name, err)
	}
	homes, err := e.config.Directory.Place(ctx, []store.Placement{{
		Object: identity.ID, Class: to.Class, Name: to.Name, Want: want,
	}})
	if err != nil {
		return located{}, fmt.Errorf("find %s %q: %w", to.Class, to.Name, err)
	}
	home, ok := e.config.Homes[homes[0]]
	if !ok {
		return located{}, fmt.Errorf("find %s %q: it lives in %s, which is not served here", to.Class, to.Name, homes[0])
	}
	return located{identity: identity, home: home}, nil
}

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
