package refimpl_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
)

func TestRoutes(t *testing.T) {
	const hex = "00112233"
	for _, row := range []struct {
		path, query string
		want        refimpl.Address // Class "" is no route
	}{
		{"/counter/increment", "id=a", refimpl.Address{Class: "counter", Name: "a", Path: "/increment"}},
		{"/counter/increment", "", refimpl.Address{Class: "counter", Name: "global", Path: "/increment"}},
		{"/counter/value", "id=id:" + hex, refimpl.Address{Class: "counter", Name: hex, ByID: true, Path: "/value"}},
		{"/room/r", "", refimpl.Address{Class: "chat", Name: "r", Path: "/ws"}},
		{"/room/r/messages", "", refimpl.Address{Class: "chat", Name: "r", Path: "/messages"}},
		{"/room/id:" + hex + "/ws", "", refimpl.Address{Class: "chat", Name: hex, ByID: true, Path: "/ws"}},
		{"/check", "", refimpl.Address{Class: "limiter", Name: "id:key", Path: "/check"}},
		{"/account/a", "", refimpl.Address{Class: "account", Name: "a", Path: "/"}},
		{"/session/s/create", "", refimpl.Address{Class: "session", Name: "s", Path: "/create"}},
		{"/doc/d/ws", "", refimpl.Address{Class: "document", Name: "d", Path: "/ws"}},
		{"/doc/d/a/b%2Fc", "", refimpl.Address{Class: "document", Name: "d", Path: "/a/b%2Fc"}},
		{"/object/probe/p", "", refimpl.Address{Class: "probe", Name: "p", Path: "/"}},
		{"/object/probe/p/a/b", "", refimpl.Address{Class: "probe", Name: "p", Path: "/a/b"}},
		{"/object/probe/id:" + hex + "/a", "", refimpl.Address{Class: "probe", Name: hex, ByID: true, Path: "/a"}},
		{"/object/counter/a/value", "", refimpl.Address{}}, // has a route of its own
		{"/object/probe", "", refimpl.Address{}},
		{"/doc", "", refimpl.Address{}},
		{"/counters/a", "", refimpl.Address{}},
		{"/", "", refimpl.Address{}},
		{"*", "", refimpl.Address{}},
		{"", "", refimpl.Address{}},
	} {
		got, err := refimpl.Route(row.path, row.query, "id:key", "192.0.2.1:5")
		if got != row.want || (err == nil) != (row.want.Class != "") || errors.Is(err, object.ErrBadName) {
			t.Errorf("%s?%s: %+v, %v, want %+v", row.path, row.query, got, err, row.want)
		}
	}
}

func FuzzRoute(f *testing.F) {
	for _, path := range []string{"/counter/value", "/room/r/ws", "/check", "/doc/id:00/x", "/object/probe/%2e%2e/a", "/session//get", "//"} {
		f.Add(path, "id=a%2f", "key", "192.0.2.1:5")
		f.Add(path, "", "", ".") // once gave an address with its error
	}
	f.Fuzz(func(t *testing.T, path, query, key, client string) {
		to, err := refimpl.Route(path, query, key, client)
		switch {
		case err != nil && to != refimpl.Address{}:
			t.Errorf("Route(%q, %q): an address and an error: %+v, %v", path, query, to, err)
		case err != nil:
		case object.CheckName(to.Name) != nil || !utf8.ValidString(to.Name) || to.Class == "":
			t.Errorf("Route(%q, %q, %q): %+v", path, query, key, to)
		case to.ByID && to.Class == "limiter":
			t.Errorf("Route(%q, %q, %q): a limiter by ID", path, query, key)
		}
	})
}
