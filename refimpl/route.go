package refimpl

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// Namespaces are the namespaces of the classes that are served, by class.
type Namespaces map[string]object.Namespace

// NewNamespaces makes the namespaces of classes under one secret. Edges and
// nodes of one deployment share it.
func NewNamespaces(secret string, classes []object.Class) Namespaces {
	spaces := make(Namespaces, len(classes))
	for _, c := range classes {
		spaces[c.Name] = object.NewNamespace(c.Name, secret, regions.Jurisdictions()...)
	}
	return spaces
}

// errNoRoute means that a path is nobody's.
var errNoRoute = errors.New("no such route")

// The headers by which a request says more than its path.
const (
	// KeyHeader names the limiter that a request is counted by.
	KeyHeader = "X-Api-Key"
	// JurisdictionHeader chooses the jurisdiction that a name or an ID is of.
	JurisdictionHeader = "Object-Jurisdiction"
	// HintHeader says where an object should live that this request creates.
	HintHeader = "Object-Location-Hint"
)

// idMark makes a name an ID: the object whose ID is written behind it.
const idMark = "id:"

// Address is the object that a request is for.
type Address struct {
	Class string
	Name  string // or the text of its ID
	ByID  bool
	Path  string // the object's own
}

// Route reads what a request asks for, by its escaped path and raw query:
//
//	/counter/increment?id=NAME    the counter NAME ("global" if none is given)
//	/room/NAME/ws                 the chat room NAME
//	/check                        the limiter of the key (KeyHeader), else of the client's address
//	/account/NAME                 the account book NAME
//	/session/NAME/create          the session NAME
//	/doc/NAME/ws                  the document NAME
//	/object/CLASS/NAME/any/path   an object of a class that has no route above
//
// NAME may be id:HEX, the 64 digits of an ID, but for a limiter. Route returns
// object.ErrBadName for a name that no object may have.
func Route(path, query, key, client string) (to Address, err error) {
	switch {
	case path == "/check":
		to = Address{Class: "limiter", Name: bucketOf(key, client), Path: path}
	case path == "/counter" || strings.HasPrefix(path, "/counter/"):
		to = Address{Class: "counter", Path: path[len("/counter"):]}
		to.Name, err = counterName(query)
	default:
		to, err = namedInPath(path)
	}
	if err == nil {
		if to.Class != "limiter" { // a key is only a key
			to.Name, to.ByID = strings.CutPrefix(to.Name, idMark)
		}
		err = object.CheckName(to.Name)
	}
	if err != nil {
		return Address{}, err
	}
	return to, nil
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

// namedInPath reads the routes that are /ROUTE/NAME and the object's own path.
func namedInPath(path string) (Address, error) {
	path, rooted := strings.CutPrefix(path, "/")
	first, rest, found := strings.Cut(path, "/")
	if !rooted || !found {
		return Address{}, errNoRoute
	}
	to := Address{Path: "/"}
	switch first {
	case "room":
		to.Class, to.Path = "chat", "/ws" // a room's own address is where one joins it
	case "account", "session":
		to.Class = first
	case "doc":
		to.Class = "document"
	case "object":
		to.Class, rest, found = strings.Cut(rest, "/")
		if !found || to.Class == "" || hasRoute(to.Class) {
			return Address{}, errNoRoute
		}
	default:
		return Address{}, errNoRoute
	}
	segment, own, found := strings.Cut(rest, "/")
	if found {
		to.Path = "/" + own
	}
	name, err := url.PathUnescape(segment)
	if err != nil {
		return Address{}, fmt.Errorf("%w: the path cannot be read", object.ErrBadName)
	}
	to.Name = name
	return to, nil
}

// hasRoute says whether a class has a route of its own. There is one way to
// each object: two would be two ways past whatever stands in front of one.
func hasRoute(class string) bool {
	switch class {
	case "counter", "chat", "limiter", "account", "session", "document":
		return true
	}
	return false
}
