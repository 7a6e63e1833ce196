package refimpl

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// nameHeader carries an object's name from edge to home, query-escaped.
const nameHeader = "X-Durabench-Name"

// healthPath is answered by edges and homes that serve.
const healthPath = "/healthz"

// arrivedPath is told POST ?id=ID&calm=BOOL of an object that has come from another home;
// a calm one has no alarm that is due soon.
const arrivedPath = "/arrived"

// homePath is how an edge asks a home: /object/CLASS/ID/the/object's/own/path.
func homePath(to Target) string {
	return "/object/" + to.Object.Class + "/" + to.Object.ID.String() + to.Path
}

// Handler serves what remote edges forward to this node. An ID that its class's
// namespace did not make is refused.
func (n *Node) Handler(namespaces Namespaces) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == healthPath {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if r.URL.Path == callsPath {
			n.serveCalls(w, r, namespaces)
			return
		}
		if r.URL.Path == arrivedPath {
			n.arrived(w, r)
			return
		}
		rest, ok := strings.CutPrefix(r.URL.Path, "/object/")
		class, rest, _ := strings.Cut(rest, "/")
		text, path, _ := strings.Cut(rest, "/")
		space, known := namespaces[class]
		if !ok || !known {
			http.NotFound(w, r)
			return
		}
		id, err := space.ParseID(text)
		if err != nil {
			writeError(w, http.StatusBadRequest, "", err.Error())
			return
		}
		name, err := url.QueryUnescape(r.Header.Get(nameHeader))
		if err != nil {
			writeError(w, http.StatusBadRequest, "", "the object's name could not be read")
			return
		}
		hops, _ := strconv.Atoi(r.Header.Get(hopsHeader)) // none is 0
		edge := regions.ID(r.Header.Get(edgeHeader))
		delete(r.Header, nameHeader)
		delete(r.Header, hopsHeader)
		delete(r.Header, edgeHeader)
		n.Serve(w, r, Target{Object: object.Identity{ID: id, Class: class, Name: name}, Path: "/" + path, Hops: hops, Edge: edge})
	})
}

// arrived takes the word of another home. A wrong one costs a look at the store.
func (n *Node) arrived(w http.ResponseWriter, r *http.Request) {
	var id object.ID
	query := r.URL.Query()
	text := query.Get("id")
	decoded, err := hex.Decode(id[:], []byte(text[:min(len(text), 2*len(id))]))
	switch {
	case r.Method != http.MethodPost:
		writeError(w, http.StatusMethodNotAllowed, "", "want POST")
	case err != nil || decoded < len(id):
		writeError(w, http.StatusBadRequest, "", "want an object's ID")
	case n.welcome(r.Context(), id, query.Get("calm") == "true") != nil:
		writeError(w, http.StatusServiceUnavailable, "retryable", "the home stops")
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
