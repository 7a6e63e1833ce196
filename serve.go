package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// serveCmd is the verb serve.
type serveCmd struct {
	Listen string `help:"Address to listen on." default:"127.0.0.1:8787"`
	Region string `help:"The place that this home stands for: an IATA code or a hint." default:"LHR"`
	Cores  int    `help:"Database sessions, each with a share of the objects." default:"1"`
	Limit  string `help:"Rate limiter: tokens per time to fill the bucket." default:"100/1m"`
	storageFlags
}

// Help is what `durabench serve --help` teaches.
func (serveCmd) Help() string {
	return `One edge and one home in this process, without injected delay. The routes:

  /counter/{increment,decrement,value,reset}?id=NAME
  /room/NAME/ws?userId=U    (WebSocket)
  /room/NAME/messages
  /check                    (bucket of the X-API-Key header, else of the client's address)
  /account/NAME, /session/NAME/…, /doc/NAME/…
  /object/CLASS/NAME/…      (classes without a route of their own)
  /id/CLASS                 (POST: a unique ID; GET ?name=N: the ID of a name)
  /healthz

NAME may be id:HEX, the digits of an ID. The headers Object-Jurisdiction (eu, us,
fedramp, fedramp-high) and Object-Location-Hint (weur, enam …) choose the
namespace a name is of, and where an object comes to live on its first use.

Every answer says in a Server-Timing header where its time went.`
}

// Run serves until it is interrupted.
func (s serveCmd) Run(ctx context.Context, c console) (err error) {
	places, err := regions.Load()
	if err != nil {
		return err
	}
	home, err := places.Home(s.Region)
	if err != nil {
		return badUsage(flagError("region", err))
	}
	limit, err := parseLimit(s.Limit)
	if err != nil {
		return badUsage(flagError("limit", err))
	}
	if s.Cores < 1 || s.Cores > 64 {
		return badUsage(fmt.Errorf("--cores %d: want 1 to 64", s.Cores))
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", s.Listen, err)
	}
	defer listener.Close()
	storage, err := s.open(ctx, func(step string) { fmt.Fprintln(c.stderr, step) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, storage.Close()) }()
	all := []object.Class{classes.Counter(), classes.Chat(), classes.Limiter(limit)}
	return s.serve(ctx, c, listener, storage, all, places, home.ID)
}

func (s serveCmd) serve(ctx context.Context, c console, listener net.Listener, storage *storage, all []object.Class, places *regions.Map, home regions.ID) error {
	clock := refimpl.SystemClock()
	log := slog.New(slog.NewTextHandler(c.stderr, nil))
	node, err := refimpl.StartNode(ctx, refimpl.NodeConfig{
		Name: "serve", Region: home, Store: storage.store, Classes: all, Cores: s.Cores,
		Clock: clock, Seed: uint64(time.Now().UnixNano()), Log: log, Patience: 5 * time.Second,
	})
	if err != nil {
		return err
	}
	directory, err := storage.OpenDirectory(ctx, (&net.Dialer{}).DialContext)
	if err != nil {
		return errors.Join(err, stopNode(node))
	}
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: refimpl.NewNamespaces("durabench", all), Directory: directory, Clock: clock, Map: places,
		Homes: map[regions.ID]refimpl.Home{home: node},
		Place: func(refimpl.Ask) (regions.ID, error) { return home, nil },
	})
	server := refimpl.NewEdgeServer(edge)
	fmt.Fprintf(c.stderr, "serving home %s on http://%s (Postgres from %s)\n", home, listener.Addr(), storage.server.Source)
	for _, f := range storage.facts() {
		fmt.Fprintf(c.stderr, "  %s = %s\n", f.Key, f.Value)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case <-ctx.Done():
		fmt.Fprintln(c.stderr, "stopping")
		err = nil
	case err = <-ended:
	}
	return errors.Join(err, stopServer(server), stopNode(node), directory.Close())
}

func stopServer(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	return server.Shutdown(ctx)
}

func stopNode(node *refimpl.Node) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	return node.Stop(ctx)
}
