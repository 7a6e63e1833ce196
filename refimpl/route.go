package refimpl

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
)

// Namespaces are the namespaces of the classes that are served, by class.
type Namespaces map[string]object.Namespace

// NewNamespaces makes the namespaces of classes under one secret. Edges and
// nodes of one deployment share it.
func NewNamespaces(secret string, classes []object.Class) Namespaces {
	spaces := make(Namespaces, len(classes))
	for _, c := range classes {
		spaces[c.Name] = object.NewNamespace(c.Name, secret)
	}
	return spaces
}

// errNoRoute means that a path is nobody's.
var errNoRoute = errors.New("no such route")

// address is what a path asks for.
type address struct {
	class, name string
	path        string // the object's own
}

// route reads a request's path:
//
//	/counter/increment?id=NAME   the counter NAME ("global" if none is given)
//	/room/NAME/ws                the chat room NAME
//	/check                       the limiter of the X-API-Key, else of the client's address
func route(r *http.Request) (address, error) {
	path := r.URL.EscapedPath()
	switch {
	case path == "/check":
		return address{class: "limiter", name: bucketOf(r), path: path}, nil
	case path == "/counter" || strings.HasPrefix(path, "/counter/"):
		name, err := counterName(r.URL.RawQuery)
		return address{class: "counter", name: name, path: path[len("/counter"):]}, err
	case strings.HasPrefix(path, "/room/"):
		return roomAddress(path[len("/room/"):])
	}
	return address{}, errNoRoute
}

func bucketOf(r *http.Request) string {
	if key := r.Header.Get("X-Api-Key"); key != "" {
		return key
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return "ip:" + host
}

func counterName(query string) (string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", fmt.Errorf("%w: the query cannot be read", object.ErrBadName)
	}
	if !values.Has("id") {
		return "global", nil
	}
	return values.Get("id"), nil
}

func roomAddress(rest string) (address, error) {
	segment, sub, found := strings.Cut(rest, "/")
	if !found {
		sub = "ws" // a room's own address is where one joins it
	}
	name, err := url.PathUnescape(segment)
	if err != nil {
		return address{}, fmt.Errorf("%w: the path cannot be read", object.ErrBadName)
	}
	return address{class: "chat", name: name, path: "/" + sub}, nil
}
