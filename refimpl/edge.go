package refimpl

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// Home is where an edge sends requests for the objects of a region: a *Node in
// the same process, or a *Remote.
type Home interface {
	Serve(w http.ResponseWriter, r *http.Request, to Target)
}

// EdgeConfig says where an edge is and whom it knows. All fields are required
// but those that say otherwise.
type EdgeConfig struct {
	// ID is where the edge is, for nodes that are told who visits them; may be empty.
	ID         regions.ID
	Namespaces Namespaces
	Directory  store.Directory
	Homes      map[regions.ID]Home
	// Place says where an object should live that lives nowhere yet and has no hint.
	Place func(Ask) (regions.ID, error)
	// Map knows what hints and jurisdictions mean; nil refuses both.
	Map   *regions.Map
	Clock Clock // for durations only: time.Now will do, and costs less than a clock that counts a sleep
	// Random makes unique IDs; nil is the system's.
	Random io.Reader
	// Origins are those whose pages may open WebSockets and send writes; may be none.
	Origins []Origin
}

// Edge is a point of presence: the stateless part in front of all objects.
type Edge struct {
	id      regions.ID
	clock   Clock
	random  io.Reader
	gate    gatekeeper
	locator *locator
}

// NewEdge returns an edge that has looked up nothing yet.
func NewEdge(config EdgeConfig) *Edge {
	if config.Random == nil {
		config.Random = rand.Reader
	}
	return &Edge{id: config.ID, clock: config.Clock, random: config.Random, gate: newGatekeeper(config.Origins), locator: newLocator(config)}
}

// ServeHTTP finds the object that a request is for, and its home, and passes the request on.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := e.clock()
	if r.URL.Path == healthPath {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !asksObjects(r.Method) {
		w.Header()["Allow"] = []string{"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	if err := e.gate.check(r); err != nil {
		refuse(w, err)
		return
	}
	if class, ok := strings.CutPrefix(r.URL.Path, "/id/"); ok {
		e.makeID(w, r, class)
		return
	}
	identity, path, hint, err := e.read(r)
	if err != nil {
		refuse(w, err)
		return
	}
	home, err := e.locator.find(r.Context(), identity, hint)
	if err != nil {
		refuse(w, err)
		return
	}
	e.deliver(w, r, home, Target{Object: identity, Path: path, Route: e.clock().Sub(began), Edge: e.id}, began)
}

// read tells the object that a request is for, its path, and where it should
// live if this creates it.
func (e *Edge) read(r *http.Request) (of object.Identity, path string, hint object.Hint, err error) {
	to, err := route(r)
	if err != nil {
		return of, "", "", err
	}
	asked, err := e.locator.wishOf(r.Header)
	if err != nil {
		return of, "", "", err
	}
	of, err = e.locator.identify(to, asked)
	return of, to.Path, asked.hint, err
}

// asksObjects says whether objects are asked by a method.
func asksObjects(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}

// refuse answers what did not find its object.
func refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, errNoRoute):
		writeReply(w, object.NotFound())
	case errors.Is(err, errForeignPage):
		writeError(w, http.StatusForbidden, "", err.Error())
	case errors.Is(err, object.ErrBadName), errors.Is(err, object.ErrBadID), errors.Is(err, errRefused):
		writeError(w, http.StatusBadRequest, "", err.Error())
	default:
		writeError(w, http.StatusServiceUnavailable, "retryable", err.Error())
	}
}

// makeID answers /id/CLASS: POST makes a unique ID, GET with ?name=N the ID of a
// name. No object comes to be.
func (e *Edge) makeID(w http.ResponseWriter, r *http.Request, class string) {
	space, ok := e.locator.namespaces[class]
	if !ok {
		refuse(w, errNoRoute)
		return
	}
	asked, err := e.locator.wishOf(r.Header)
	if err == nil && asked.jurisdiction != "" {
		space, err = space.Jurisdiction(asked.jurisdiction)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	id, err := e.newID(r, space)
	if err != nil {
		refuse(w, err)
		return
	}
	body, err := json.Marshal(struct {
		ID string `json:"id"`
	}{id.String()})
	if err != nil {
		panic("refimpl: encode an ID: " + err.Error())
	}
	w.Header()["Content-Type"] = []string{object.JSONType}
	_, _ = w.Write(body) // a client that is gone has nobody to tell
}

func (e *Edge) newID(r *http.Request, space object.Namespace) (object.ID, error) {
	switch r.Method {
	case http.MethodPost:
		return space.NewUniqueID(e.random)
	case http.MethodGet:
		name := r.URL.Query().Get("name")
		return space.IDFromName(name), object.CheckName(name)
	}
	return object.ID{}, fmt.Errorf("%w: POST makes a unique ID, GET with ?name= that of a name", errRefused)
}
