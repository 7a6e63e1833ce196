package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/durabench/durabench/"

// floors is the house: a room imports rooms of lower floors only, and rooms on
// one floor do not know each other. Without that, the core would in time learn
// of goroutines, and the judges of the runtime that they judge.
var floors = map[string]int{
	"regions/chance": -1, // below the places that draw from it
	"refimpl/object": 0, "refimpl/frame": 0, "regions": 0, "reports/stat": 0, "reports/price": 0, "reports/globe": 0, "refimpl/text": 0,
	"refimpl/store": 1, "refimpl/classes": 1, "loadgen": 1, "regions/placement": 1, "sim/wan": 1, "sim/fault": 1,
	"refimpl/actor": 2, "refimpl/store/memory": 2, "refimpl/store/postgres": 2, "refimpl/store/storetest": 2,
	"refimpl/store/postgres/launch": 2, "loadgen/workload": 2, "loadgen/check": 2, "sim/place": 2, "sim/relocate": 2, "sim/plant": 2, "sim/primitive": 2,
	"refimpl": 3,
	// Plants bugs into the core's driver and the store, so it knows both.
	"sim/plant/moving": 3,
	"sim/live":         4, "sim/virtual": 4, "reports": 4,
	"sim/explore":           5,
	"":                      6,
	"refimpl/classes/probe": 1,
	// Starts and stops servers for the two below.
	"scripts/process": 0,
	// Measures two systems from the outside, over HTTP: it knows none of the house.
	"scripts/peer": 1,
	// Makes the maps' ground from somebody else's file: it knows none of the house.
	"scripts/land": 0,
	// Compares two systems from the outside; it only starts a Postgres for one of them.
	"scripts/conform": 3,
}

// pure rooms decide; they may not wait, look at a clock or touch the world. A
// room that did could not be run in virtual time.
var pure = []string{"refimpl/object", "refimpl/frame", "refimpl/text", "refimpl/store", "refimpl/classes", "refimpl/classes/probe", "refimpl/actor", "regions", "regions/chance", "regions/placement", "loadgen/workload", "sim/plant", "sim/fault", "sim/relocate"}

// impure is what a pure room may not import, and why.
var impure = map[string]string{
	"net":          "a pure room opens no sockets",
	"os":           "a pure room reads no files and no environment",
	"os/exec":      "a pure room starts no processes",
	"sync":         "a pure room is used by one goroutine at a time",
	"sync/atomic":  "a pure room is used by one goroutine at a time",
	"math/rand":    "random sources are arguments, of math/rand/v2",
	"database/sql": "a pure room keeps nothing",
	"context":      "what never waits cannot be cancelled",
}

// impureAllowed are exceptions to impure, with their reason.
var impureAllowed = map[string]string{
	"refimpl/store context": "the contract's verbs wait; the contract itself does not",
}

// foreign rooms alone may know these modules.
var foreign = map[string][]string{
	"github.com/jackc/pgx/v5":                     {"refimpl/store/postgres", "refimpl/store/postgres/launch", ""},
	"github.com/testcontainers/testcontainers-go": {"refimpl/store/postgres/launch"},
	"github.com/tsenart/vegeta/v12":               {"loadgen"},
	"github.com/gorilla/websocket":                {"refimpl", "loadgen", "scripts/peer", "scripts/conform"},
	"gonum.org/v1/plot":                           {"reports"},
	"github.com/alecthomas/kong":                  {""},
	"github.com/anishathalye/porcupine":           {"loadgen/check"},
	"github.com/prometheus/client_golang":         {"refimpl", ""},
}

func TestRoomsImportOnlyLowerFloors(t *testing.T) {
	for _, file := range sources(t) {
		room := file.room
		floor, known := floors[room]
		if !known {
			t.Errorf("%s: the room %q is not in the house: give it a floor in arch_test.go, and DESIGN a line", file.path, room)
			continue
		}
		for _, path := range file.imports {
			if below, ok := strings.CutPrefix(path, module); ok && floors[below] >= floor {
				t.Errorf("%s: %s (floor %d) imports %s (floor %d): a room knows lower floors only", file.path, room, floor, below, floors[below])
			}
			for dependency, rooms := range foreign {
				if (path == dependency || strings.HasPrefix(path, dependency+"/")) && !slices.Contains(rooms, room) {
					t.Errorf("%s imports %s, which only %q may know", file.path, path, rooms)
				}
			}
		}
	}
}

func TestPureRoomsTouchNothing(t *testing.T) {
	for _, file := range sources(t) {
		if !slices.Contains(pure, file.room) {
			continue
		}
		for _, path := range file.imports {
			if why, ok := impure[path]; ok && impureAllowed[file.room+" "+path] == "" {
				t.Errorf("%s imports %s: %s", file.path, path, why)
			}
		}
		for _, call := range []string{"time.Now(", "time.Sleep(", "time.After(", "go func"} {
			if strings.Contains(file.text, call) {
				t.Errorf("%s: %s: in a pure room time is an argument and nothing runs beside", file.path, call)
			}
		}
	}
}

func TestNoRoomForOddments(t *testing.T) {
	for _, file := range sources(t) {
		for part := range strings.SplitSeq(file.room, "/") {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "base", "shared"}, part) {
				t.Errorf("%s: a room is named after a thing, not %q", file.path, part)
			}
		}
	}
}

func TestNothingHappensBeforeMain(t *testing.T) {
	for _, file := range sources(t) {
		if strings.Contains(file.text, "\nfunc init()") {
			t.Errorf("%s has an init: what runs is said in main", file.path)
		}
	}
}

type source struct {
	path, room, text string
	imports          []string
}

// sources are all Go files that are built, without tests and generators.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || d.Name() == "out") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(string(text), "//go:build ignore") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		room := filepath.ToSlash(filepath.Dir(path))
		if room == "." {
			room = ""
		}
		s := source{path: path, room: room, text: string(text)}
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, name)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d files found: the test looks in the wrong place", len(all))
	}
	return all
}
