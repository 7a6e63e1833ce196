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

// KeyHeader names the limiter that a request is counted by.
const KeyHeader = "X-Api-Key"

// Address is the object that a request is for.
type Address struct {
	Class, Name string
	Path        string // the object's own
}

// Route reads what a request asks for, by its escaped path and raw query:
//
//	/counter/increment?id=NAME   the counter NAME ("global" if none is given)
//	/room/NAME/ws                the chat room NAME
//	/check                       the limiter of the key (KeyHeader), else of the client's address
//
// It returns object.ErrBadName for a name that no object may have.
func Route(path, query, key, client string) (to Address, err error) {
	switch {
	case path == "/check":
		to = Address{Class: "limiter", Name: bucketOf(key, client), Path: path}
	case path == "/counter" || strings.HasPrefix(path, "/counter/"):
		to = Address{Class: "counter", Path: path[len("/counter"):]}
		to.Name, err = counterName(query)
	case strings.HasPrefix(path, "/room/"):
		to, err = roomAddress(path[len("/room/"):])
	default:
		err = errNoRoute
	}
	if err != nil {
		return Address{}, err
	}
	return to, object.CheckName(to.Name)
}

func route(r *http.Request) (Address, error) {
	return Route(r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get(KeyHeader), r.RemoteAddr)
}

func bucketOf(key, client string) string {
	if key != "" {
		return key
	}
	host, _, err := net.SplitHostPort(client)
	if err != nil {
		host = client
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

func roomAddress(rest string) (Address, error) {
	segment, sub, found := strings.Cut(rest, "/")
	if !found {
		sub = "ws" // a room's own address is where one joins it
	}
	name, err := url.PathUnescape(segment)
	if err != nil {
		return Address{}, fmt.Errorf("%w: the path cannot be read", object.ErrBadName)
	}
	return Address{Class: "chat", Name: name, Path: "/" + sub}, nil
}
